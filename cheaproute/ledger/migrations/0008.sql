-- Nothing looks calls up by file; each call that is counted paid for the index.
DROP INDEX IF EXISTS call_file;

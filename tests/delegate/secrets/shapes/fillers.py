"""Lines without a secret that stand around one, by the sort of file."""

from __future__ import annotations

FILLERS = {
    "none": "",
    "shell": """ls -la
git status
cd ~/work/«w»
make test 2>&1 | tail -20
docker compose up -d «w»
grep -rn «w» src/ | head
ssh «user»@«host»
kubectl get pods -n «w»
vim notes/«w».md
tail -f /var/log/«w».log""",
    "yaml": """# «w» of the «w»
«w»:
  replicas: «n»
  image: registry.«w».internal/«w»:1.«n».«nn»
  port: 80«nn»
  «w»: true
  labels: {app: «w», tier: «w»}""",
    "ini": """; the «w» of «w»
[«w»]
«w» = «nn»
«w».enabled = true
«w».path = /srv/«w»/«w»
timeout = «nn»""",
    "json": """  "«w»": «nn»,
  "«w»_path": "/srv/«w»/«w»",
  "«w»": "«w» «w»",
  "enabled": true,
  "port": 80«nn»,""",
    "log": """«at» «level» [«w»-«n»] «w» took «num» ms
«at» «level» [«w»] connected to «host»:«num»
«at» «level» GET /api/«w»/«num» 200 «nn»ms from «ip»
«at» «level» worker «n» finished job «uuid»
«at» «level» cache «w» hit rate 0.«nn»""",
    "code": """// «w» the «w»
«w»(«w», «n»);
return «w».«w»(«nn»);
if («w» > «nn») { «w»(); }
«w» = «w» + «n»;""",
    "python": """import «w»
def «w»(«w»: int) -> int:
    return «w» + «n»
# «w» goes before «w»
«w» = «w»(«nn»)""",
    "hash": """# «w» of «w»
«w» = «nn»
«w» «w»
# see «host»""",
    "prose": """The «w» was moved to «host» last week, please update your notes.
Hi «user», thanks for the «w», it works now.
We should talk about the «w» on Thursday.
Meeting notes: «w», «w», and the «w» budget.""",
    "sql": """INSERT INTO «w» (id, name, created_at) VALUES («num», '«w»', '«at»');
ALTER TABLE «w» ADD COLUMN «w» integer;
CREATE INDEX «w»_idx ON «w» («w»);
SELECT count(*) FROM «w» WHERE id > «num»;""",
    "xml": """  <«w» name="«w»" value="«nn»"/>
  <!-- the «w» -->
  <«w»>«nn»</«w»>
  <path>/srv/«w»</path>""",
    "doc": """## The «w»
Run the «w» before the «w», then check «host».
* «w»: «nn»
* the «w» of «w»
See the page about «w».""",
}

/** A record of a request by its time and the request's id; "" for none. */
export type CheaprouteRecord = string

declare module "claude-code" {
  interface PluginState {
    /** The record that is looked at: a worker that hangs forgets it. */
    cheaproute: { record: CheaprouteRecord }
  }
}

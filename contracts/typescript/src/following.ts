import { Problem } from "./problem.js"
import { sleep } from "./sending.js"
import type { components, paths } from "./generated.js"

type Schemas = components["schemas"]

/** The services whose facts can be followed. */
export type Service = ServiceOf<keyof paths>
type ServiceOf<Path> = Path extends `/${infer Name}/v1/events` ? Name : never

/** A fact that a service has just published: ids and codes. */
export type LiveEvent<Of extends Service = Service> = Get<Schemas, `${Capitalize<Of>}LiveEvent`>

/** What narrows a stream down: types, things, a customer. */
export type Filters<Of extends Service = Service> = Query<Get<paths, `/${Of}/v1/events`>>

type Query<Path> = Path extends { get: { parameters: { query?: infer Known } } } ? Known : never
/** A member by its name; asked when `Of` is known, for a name that is open is held against every other. */
type Get<From, Name> = Name extends keyof From ? From[Name] : never

/** What to hear, and what to do then. Work that is awaited holds the stream back; events come in order. */
export interface Following<Of extends Service> {
  /** What happened before this moment is not told: load all that you show. At the beginning, and after a long absence. */
  reset: (reason: string) => void | Promise<void>
  /** A fact: read `subject` again where your version is lower than `version`. */
  changed: (event: LiveEvent<Of>) => void | Promise<void>
  /** The stream is heard, or is not for the moment: say so to whoever looks at the page. */
  connected?: (connected: boolean) => void
  filters?: Filters<Of>
  /** Ends it. */
  signal?: AbortSignal
}

/** Opens the stream with these headers. */
type Open = (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>

/** The fields of one block of a stream: `event`, `data`, `id`, `retry`; a comment has none of them. */
type Frame = Partial<Record<string, string>>

/** Milliseconds without a byte after which a connection counts as dead: the server says something every 15 seconds. */
const SILENCE = 45_000
/** Milliseconds before coming again, until the server has said how many. */
const RETRY = 3_000

/**
 * Follows a stream of server-sent events until the signal ends it; then it resolves. Comes again by itself, with a fresh
 * token and the position it had, so that nothing is left out. Throws the Problem of a stream that this caller cannot have,
 * and what `reset` or `changed` throw.
 */
export async function follow<Of extends Service>(open: Open, following: Following<Of>): Promise<void> {
  const { reset, changed, connected = () => undefined, signal } = following
  for await (const frame of frames(open, connected, signal)) {
    if (frame["event"] === "reset") await reset((JSON.parse(frame["data"] ?? "{}") as Schemas["LiveReset"]).reason)
    else if (frame["data"]) await changed(JSON.parse(frame["data"]) as LiveEvent<Of>)
  }
}

/** The frames of one connection after the other. A frame is behind us when the next one is asked for. */
async function* frames(open: Open, connected: (yes: boolean) => void, signal?: AbortSignal): AsyncGenerator<Frame, void> {
  for (let last = "", retry = RETRY; !signal?.aborted; await sleep(retry, signal).catch(() => undefined)) {
    let heard = false
    try {
      for await (const frame of connection((own) => open(last ? { "Last-Event-ID": last } : {}, own), signal)) {
        if (!heard) connected((heard = true))
        retry = Number(frame["retry"] ?? retry)
        yield frame
        last = frame["id"] ?? last
      }
    } catch (error) {
      if (error instanceof Problem && error.status < 500 && error.status !== 429) throw error
    } finally {
      if (heard) connected(false)
    }
  }
}

/**
 * The frames of one connection, until it ends or is dead. Parsed here: EventSource cannot send a token, and parsers for
 * `fetch` drop a position that comes without an event.
 */
async function* connection(open: (own: AbortSignal) => Promise<Response>, signal?: AbortSignal): AsyncGenerator<Frame, void> {
  const own = new AbortController()
  const stop = () => own.abort()
  signal?.addEventListener("abort", stop)
  try {
    const { body } = await open(own.signal)
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    for (let rest = ""; ; ) {
      const silent = setTimeout(stop, SILENCE)
      const { done, value } = await reader.read().finally(() => clearTimeout(silent))
      if (done) return
      const blocks = (rest + value).split("\n\n")
      rest = blocks.pop()!
      yield* blocks.map(parsed)
    }
  } finally {
    signal?.removeEventListener("abort", stop)
    own.abort()
  }
}

function parsed(block: string): Frame {
  return Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/)))
}

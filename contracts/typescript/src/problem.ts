import type { components } from "./generated.js"

type Told = components["schemas"]["Problem"]

/** One wrong field: `path` with dots between, a stable `code`, a `message` for people, `params` for texts of your own. */
export type FieldProblem = NonNullable<Told["errors"]>[number]

/** What every call throws when it is refused (RFC 9457). `message` is the sentence for people, in the language of the client. */
export class Problem extends Error {
  override readonly name = "Problem"
  readonly status: number
  /** Stable, for programs. `unreadable` when the answer was no problem of Rapport's, but of something in between. */
  readonly code: string
  readonly title: string
  /** The values in `message`, for texts of your own. */
  readonly params: Readonly<Record<string, unknown>>
  /** The fields that are wrong; none where it is not about fields. */
  readonly errors: readonly FieldProblem[]
  /** 409 `not-allowed`, 412: what can be done now, and the state it is in. */
  readonly allowed: readonly string[] | undefined
  readonly state: string | undefined
  /** 404 `no-such-action`: the actions that there are. */
  readonly actions: readonly string[] | undefined
  /** 412: the present ETag. */
  readonly etag: string | undefined
  /** Seconds after which to ask again, where the answer says so. */
  readonly retryAfter: number | undefined
  /** Say this when you ask for help. */
  readonly traceId: string | undefined

  /** Of an answer that is no success, and what its body says. */
  constructor(response: Response, told: Partial<Told>) {
    super(told.detail ?? told.title ?? `HTTP ${response.status}`)
    this.status = response.status
    this.code = told.code ?? "unreadable"
    this.title = told.title ?? response.statusText
    this.params = told.params ?? {}
    this.errors = told.errors ?? []
    this.allowed = told.allowed
    this.state = told.state
    this.actions = told.actions
    this.etag = response.headers.get("ETag") ?? undefined
    this.retryAfter = secondsToWait(response)
    this.traceId = told.trace_id
  }

  /** Reads the body of a refusal. */
  static async of(response: Response): Promise<Problem> {
    const told: unknown = await response.json().catch(() => ({}))
    return new Problem(response, typeof told === "object" && told !== null ? told : {})
  }
}

/** `Retry-After` in seconds; Rapport sends no dates. */
function secondsToWait(response: Response): number | undefined {
  const told = response.headers.get("Retry-After")
  return told !== null && /^\d+$/.test(told) ? Number(told) : undefined
}

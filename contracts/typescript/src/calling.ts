import createFetchClient, { type MaybeOptionalInit, type ParseAsResponse } from "openapi-fetch"
import type {
  HttpMethod,
  PathsWithMethod,
  RequiredKeysOf,
  ResponseObjectMap,
  SuccessResponse,
} from "openapi-typescript-helpers"
import type { paths } from "./generated.js"

/** What a call takes beside `params` and `body`. */
export interface Extra {
  /** The version, or the tag as it was given: the call is refused with 412 when somebody was faster. */
  ifMatch?: number | string
  /** In place of the key that each POST gets by itself: keep one to send the same again after the network was away. */
  idempotencyKey?: string
}

/** What a call gives. */
export interface Answer<Data> {
  data: Data
  /** The tag of what was read or written, for `ifMatch`. */
  etag: string | undefined
  response: Response
}

/** JSON where an operation can answer that; else what it answers. */
export type Shown<Operation, Init> =
  ResponseObjectMap<Operation> extends infer Responses extends Record<string | number, any>
    ? ParseAsResponse<SuccessResponse<Responses, "application/json">, Init>
    : never

export type Arguments<Init> = RequiredKeysOf<Init> extends never ? [init?: Init & Extra] : [init: Init & Extra]

/**
 * A method with the paths that have it: takes what the document says, answers what it says, throws a Problem. Over any
 * `Paths`, since the compiler takes a minute to hold this against all of ours where it is declared.
 */
export type Call<Paths extends Record<string, any>, Method extends HttpMethod> = <
  Path extends PathsWithMethod<Paths, Method>,
  Init extends MaybeOptionalInit<Paths[Path], Method>,
>(
  path: Path,
  ...init: Arguments<Init>
) => Promise<Answer<Shown<Paths[Path][Method], Init>>>

/** The calls of a client. */
export interface Calls {
  get: Call<paths, "get">
  post: Call<paths, "post">
  put: Call<paths, "put">
  patch: Call<paths, "patch">
  delete: Call<paths, "delete">
}

/** A `Call` as it is within, where a path is any path. */
export type AnyCall = (path: string, init?: any) => Promise<Answer<any>>

/** Calls at `baseUrl` over `send`. */
export function calls(baseUrl: string, send: (request: Request) => Promise<Response>): Record<keyof Calls, AnyCall> {
  const { request } = createFetchClient<any>({
    baseUrl,
    fetch: send,
    headers: { Accept: "application/json, */*;q=0.1" },
    credentials: "omit",
  })

  function call(method: HttpMethod): AnyCall {
    return async (path, { ifMatch, idempotencyKey, headers, ...init } = {}) => {
      const own = {
        "If-Match": typeof ifMatch === "number" ? `"${ifMatch}"` : ifMatch,
        "Idempotency-Key": idempotencyKey ?? (method === "post" ? crypto.randomUUID() : undefined),
      }
      const { data, response } = await request(method, path, { ...init, headers: { ...own, ...headers } })
      return { data, etag: response.headers.get("ETag") ?? undefined, response }
    }
  }

  return { get: call("get"), post: call("post"), put: call("put"), patch: call("patch"), delete: call("delete") }
}

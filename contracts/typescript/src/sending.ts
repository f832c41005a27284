import { Problem } from "./problem.js"

/** Where Rapport is and who calls. */
export interface Settings {
  /** The origin, such as `https://rapport.example.com`. */
  baseUrl: string
  /** The access token as it is now. Asked before each request, so it should come from memory; asked anew when one has expired. */
  token: () => Promise<string>
  /** The language of problems and titles, as in `Accept-Language`; by default that of the browser. */
  language?: string
  /** How many seconds a call may wait in all before it is tried again; 30 by default, 0: never. */
  patience?: number
  /** In place of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>
}

const WAITS = new Set(["request-in-progress"])
/** A gateway that had no answer: the request may have arrived, so that only what cannot happen twice is sent again. */
const NO_ANSWER = new Set([502, 504])

/** Sends requests as `settings` say; answers what came, or throws the Problem that it was refused with. */
export function sender(settings: Settings): (request: Request) => Promise<Response> {
  const fetch = settings.fetch ?? globalThis.fetch.bind(globalThis)
  const patience = settings.patience ?? 30

  async function attempt(request: Request, token: string): Promise<Response> {
    const asked = request.clone()
    asked.headers.set("Authorization", `Bearer ${token}`)
    if (settings.language !== undefined) asked.headers.set("Accept-Language", settings.language)
    return fetch(asked)
  }

  return async (request) => {
    let waited = 0
    let token = await settings.token()
    for (let tries = 0; ; tries++) {
      const response = await attempt(request, token)
      if (response.ok || response.status === 304) return response
      const problem = await Problem.of(response)
      if (problem.code === "token-expired") {
        const next = await settings.token()
        if (next === token) throw problem
        token = next
        continue
      }
      const wait = secondsBefore(problem, request, tries)
      if (wait === undefined || waited + wait > patience) throw problem
      waited += wait
      await sleep(wait * 1000, request.signal)
      token = await settings.token()
    }
  }
}

/** Seconds after which the same can be sent again; undefined when it cannot. */
function secondsBefore(problem: Problem, request: Request, tries: number): number | undefined {
  if (problem.status === 429 || problem.status === 503 || WAITS.has(problem.code)) return problem.retryAfter ?? 1
  const once = request.method === "GET" || request.headers.has("Idempotency-Key")
  return NO_ANSWER.has(problem.status) && once ? 2 ** tries : undefined
}

/** Resolves after so many milliseconds; rejects at once with the reason of the signal when that is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop)
      resolve()
    }, milliseconds)
    if (signal?.aborted) stop()
    else signal?.addEventListener("abort", stop, { once: true })
  })
}

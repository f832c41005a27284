/** The HTTP APIs of Rapport, typed by the documents that are committed with it. */

import { calls, type Calls } from "./calling.js"
import { follow, type Following, type Service } from "./following.js"
import { pagesOver, type Pages } from "./listing.js"
import { sender, type Settings } from "./sending.js"
import type { PathsWithMethod } from "openapi-typescript-helpers"
import type { components, paths } from "./generated.js"

/** Calls typed by path: each answers `{ data, etag }` and throws a `Problem` when it is refused. */
export interface Client extends Calls {
  /** The pages of a list: `for await (const page of client.pages("/complaints/v1/complaints")) ...`. */
  pages: Pages
  /** Live updates of a service, until `signal` ends them. */
  follow: <Of extends Service>(service: Of, following: Following<Of>) => Promise<void>
}

/** A client of the Rapport at `settings.baseUrl`, for who has `settings.token`. */
export function createClient(settings: Settings): Client {
  const made = calls(settings.baseUrl, sender(settings))
  const client: Record<keyof Client, unknown> = {
    ...made,
    pages: pagesOver(made.get),
    follow: (service: Service, following: Following<Service>) =>
      follow(async (headers, signal) => {
        const params = { query: following.filters }
        const own = { params, signal, parseAs: "stream", headers: { Accept: "text/event-stream", ...headers } }
        return (await made.get(`/${service}/v1/events`, own)).response
      }, following),
  }
  return client as unknown as Client
}

/** What the documents call a thing: `Schema<"ComplaintView">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name]

/** What a list can be asked for, or another path: `Query<"/complaints/v1/complaints">`. */
export type Query<Path extends PathsWithMethod<paths, "get">> = NonNullable<paths[Path]["get"]["parameters"]["query"]>

export { Problem, type FieldProblem } from "./problem.js"
export type { Answer, Call, Calls, Extra } from "./calling.js"
export type { Following, LiveEvent, Service } from "./following.js"
export type { ListPath, Pages } from "./listing.js"
export type { Settings } from "./sending.js"

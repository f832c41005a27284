import type { MaybeOptionalInit } from "openapi-fetch"
import type { PathsWithMethod } from "openapi-typescript-helpers"
import type { AnyCall, Arguments, Shown } from "./calling.js"
import type { paths } from "./generated.js"

interface SomePage {
  items: readonly unknown[]
  next: string | null
}

type Got<Paths extends Record<string, any>, Path extends keyof Paths> = Shown<Paths[Path]["get"], unknown>

/** The paths that answer a list in pages. */
export type ListPath<Paths extends Record<string, any> = paths> = {
  [Path in PathsWithMethod<Paths, "get">]: Got<Paths, Path> extends SomePage ? Path : never
}[PathsWithMethod<Paths, "get">]

/** The pages of a list, one after the other. */
export type Pages<Paths extends Record<string, any> = paths> = <
  Path extends ListPath<Paths>,
  Init extends MaybeOptionalInit<Paths[Path], "get">,
>(
  path: Path,
  ...init: Arguments<Init>
) => AsyncGenerator<Got<Paths, Path>, void>

/** Pages over `get`: each is asked for when the one before has been used. */
export function pagesOver(get: AnyCall): (path: string, init?: any) => AsyncGenerator<any, void> {
  return async function* (path, { params, ...init } = {}) {
    for (let after: string | null | undefined; after !== null; ) {
      const { data } = await get(path, { ...init, params: { ...params, query: { ...params?.query, ...(after && { after }) } } })
      yield data
      after = data.next
    }
  }
}

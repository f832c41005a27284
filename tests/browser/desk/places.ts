/** Addresses of views: `#/complaints?state=received`, `#/complaints/<id>`, `#/customers/<id>`. */
import { useEffect, useState } from "preact/hooks"

export interface Place {
  path: string[]
  query: URLSearchParams
}

function here(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#/, "").split("?")
  return { path: path.split("/").filter(Boolean).map(decodeURIComponent), query: new URLSearchParams(query) }
}

/** Where the page is; changes with Back, links and `go`. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here)
  useEffect(() => {
    const moved = () => setPlace(here())
    addEventListener("hashchange", moved)
    return () => removeEventListener("hashchange", moved)
  }, [])
  return place
}

export function go(path: string, query = new URLSearchParams()): void {
  location.hash = query.size ? `${path}?${query}` : path
}

// Builds the front end into the folder that INTO names, else build/desk of the workspace: `npm run build`.
// The forms of actions and the vocabularies of summaries are taken out of the product's document for front ends, so that nobody writes them down a second
// time.
import { build } from "esbuild"
import { copyFile, mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"

const here = import.meta.dirname
const into = process.env.INTO ?? join(here, "../../build/desk")
const documentOf = join(here, "../../contracts/rapport_contracts/openapi/front-end.json")

/** The schema with all its references resolved. */
function resolved(schema, components) {
  if (Array.isArray(schema)) return schema.map((each) => resolved(each, components))
  if (schema === null || typeof schema !== "object") return schema
  const { $ref, ...own } = schema
  const named = $ref ? resolved(components.schemas[$ref.split("/").pop()], components) : {}
  return { ...named, ...Object.fromEntries(Object.entries(own).map(([name, value]) => [name, resolved(value, components)])) }
}

/** The modules that `desk/document.d.ts` declares. */
const parts = {
  actions({ paths, components }) {
    const found = {}
    for (const [route, { post }] of Object.entries(paths)) {
      const action = /^\/complaints\/v1\/complaints\/\{complaint_id\}:([a-z-]+)$/.exec(route)?.[1]
      const body = post?.requestBody?.content["application/json"].schema
      if (action) found[action] = body ? resolved(body, components) : { properties: {} }
    }
    return found
  },
  summaries({ components }) {
    const { summary } = components.schemas.TimelineEntry.properties
    const vocabularies = ({ properties = {} }) =>
      Object.entries(properties).flatMap(([name, schema]) => (schema["x-vocabulary"] ? [[name, schema["x-vocabulary"]]] : []))
    return Object.fromEntries(
      Object.entries(summary["x-by-type"]).map(([type, schema]) => [type, Object.fromEntries(vocabularies(resolved(schema, components)))]),
    )
  },
}

const fromTheDocument = {
  name: "from-the-document",
  setup(bundle) {
    bundle.onResolve({ filter: /^(actions|summaries)$/ }, ({ path }) => ({ path, namespace: "document" }))
    bundle.onLoad({ filter: /.*/, namespace: "document" }, async ({ path }) => ({
      contents: JSON.stringify(parts[path](JSON.parse(await readFile(documentOf, "utf-8")))),
      loader: "json",
    }))
  },
}

await mkdir(into, { recursive: true })
await build({
  entryPoints: [join(here, "desk/main.tsx"), join(here, "desk/desk.css")],
  outdir: into,
  bundle: true,
  minify: true,
  sourcemap: "linked",
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  plugins: [fromTheDocument],
  logLevel: "warning",
})
await copyFile(join(here, "desk/index.html"), join(into, "index.html"))

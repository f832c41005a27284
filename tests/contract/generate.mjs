// A client of each document, by one generator: `node generate.mjs <generator> <folder of documents> <folder to write>`.
import { readdir, mkdir, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { createClient } from "@hey-api/openapi-ts"
import openapiTS, { astToString } from "openapi-typescript"
import orval from "orval"

const generators = {
  "openapi-typescript": async (document, target) => {
    await mkdir(target)
    await writeFile(join(target, "index.ts"), astToString(await openapiTS(pathToFileURL(document))))
  },
  "hey-api": (document, target) =>
    createClient({ input: document, output: target, plugins: ["@hey-api/client-fetch"], logs: { level: "warn", file: false } }),
  orval: (document, target) =>
    orval.generate({ input: { target: document }, output: { target: join(target, "index.ts"), client: "fetch" } }),
}

const [generator, documents, to] = process.argv.slice(2)
for (const file of await readdir(documents))
  await generators[generator](resolve(documents, file), resolve(to, file.replace(".json", "")))
process.exit()

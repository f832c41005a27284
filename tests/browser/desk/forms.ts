/** Forms of actions, as the document describes their bodies. */
import actions from "actions"

/** As much of JSON Schema as the bodies of actions have. */
export interface Schema {
  type?: string
  format?: string
  enum?: string[]
  anyOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  maxLength?: number
  "x-default"?: unknown
  "x-vocabulary"?: string
}
export type Body = Pick<Schema, "properties" | "required">

export type Kind = "text" | "words" | "lines" | "time" | "number" | "yes-no" | "check" | "one-of" | "some-of"

export interface Field {
  /** As problems name it: with a dot before the part of an object. */
  name: string
  kind: Kind
  required: boolean
  values: string[]
  /** Under which name the labels of its values stand. */
  vocabulary: string
}

/** Longer texts get more than a line. */
const A_LINE = 1000

/** What an action asks for, what it needs first. An object that is not needed, and lists of objects, are left out. */
export function fieldsOf(action: string): Field[] {
  const fields = partsOf(actions[action] ?? {}, "")
  return fields.sort((one, other) => Number(other.required) - Number(one.required))
}

function partsOf({ properties = {}, required = [] }: Body, within: string): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const needed = required.includes(name)
    if (schema.properties) return needed ? partsOf(schema, `${within}${name}.`) : []
    return fieldOf(within + name, schema, needed) ?? []
  })
}

function fieldOf(name: string, schema: Schema, required: boolean): Field | null {
  const own = schema.anyOf?.find((each) => each.type !== "null") ?? schema
  const values = own.enum ?? own.items?.enum ?? []
  const kind = kindOf(own, required)
  return kind && { name, kind, required, values, vocabulary: own["x-vocabulary"] ?? own.items?.["x-vocabulary"] ?? name }
}

function kindOf(schema: Schema, required: boolean): Kind | null {
  if (schema.enum) return "one-of"
  if (schema.items?.enum) return "some-of"
  if (schema.items?.type === "string") return "lines"
  if (schema.type === "boolean") return required ? "yes-no" : "check"
  if (schema.type === "integer") return "number"
  if (schema.type !== "string") return null
  if (schema.format === "date-time") return "time"
  return (schema.maxLength ?? 0) > A_LINE ? "words" : "text"
}

/** The body that a form says. What was left empty is not sent: the API answers which of it it needs. */
export function bodyOf(fields: Field[], form: FormData): Record<string, unknown> {
  const body: Record<string, any> = {}
  for (const field of fields) {
    const value = valueOf(field, form)
    if (value === undefined) continue
    const path = field.name.split(".")
    const last = path.pop()!
    path.reduce((part, name) => (part[name] ??= {}), body)[last] = value
  }
  return body
}

/** The field that an error is about: `whys.1` is about `whys`; that an object is missing is about its first part. */
export function fieldAt(fields: Field[], path: string): Field | undefined {
  return fields.find(({ name }) => path === name || path.startsWith(`${name}.`) || name.startsWith(`${path}.`))
}

/** The id of its control. */
export function idOf({ name }: Field): string {
  return `field-${name.replaceAll(".", "-")}`
}

function valueOf({ name, kind }: Field, form: FormData): unknown {
  const said = form.getAll(name).map(String).filter((each) => each.trim() !== "")
  if (kind === "some-of") return said.length ? said : undefined
  if (kind === "lines") return said[0]?.split("\n").map((line) => line.trim()).filter(Boolean)
  const [value] = said
  if (value === undefined) return undefined
  if (kind === "check" || kind === "yes-no") return value === "true"
  if (kind === "time") return new Date(value).toISOString()
  return kind === "number" && /^-?\d+$/.test(value) ? Number(value) : value
}

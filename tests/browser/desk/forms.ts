/** Forms of actions, as the document describes their bodies. */
import actions from "actions"

/** As much of JSON Schema as the bodies of actions have. */
export interface Schema {
  type?: string
  format?: string
  enum?: string[]
  anyOf?: Schema[]
  items?: Schema
  maxLength?: number
  "x-default"?: unknown
  "x-vocabulary"?: string
}
export interface Body {
  properties: Record<string, Schema>
  required?: string[]
}

export type Kind = "text" | "words" | "lines" | "time" | "number" | "yes-no" | "check" | "one-of" | "some-of"

export interface Field {
  name: string
  kind: Kind
  required: boolean
  values: string[]
  /** Under which name the labels of its values stand. */
  vocabulary: string
}

/** Longer texts get more than a line. */
const A_LINE = 1000

/** What an action asks for, what it needs first. A part of a body that is an object of its own is left out: none is needed. */
export function fieldsOf(action: string): Field[] {
  const { properties, required = [] } = actions[action] ?? { properties: {} }
  const fields = Object.entries(properties).flatMap(([name, schema]) => fieldOf(name, schema, required.includes(name)) ?? [])
  return fields.sort((one, other) => Number(other.required) - Number(one.required))
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
  return Object.fromEntries(fields.map((field) => [field.name, valueOf(field, form)]).filter(([, value]) => value !== undefined))
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

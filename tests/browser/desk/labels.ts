/** What states, operations and values are called: the API says so. */
import type { Client } from "@rapport/client"
import { plain, type Language } from "./words"

export class Labels {
  constructor(private readonly known: ReadonlyMap<string, ReadonlyMap<string, string>>) {}

  /** The label of a code, else the code itself, readable: lists of values are open. */
  of(vocabulary: string, code: string): string {
    return this.known.get(vocabulary)?.get(code) ?? plain(code)
  }

  /** All codes of a vocabulary. */
  values(vocabulary: string): string[] {
    return [...(this.known.get(vocabulary)?.keys() ?? [])]
  }
}

const TAXONOMIES = [["category", "categories"], ["cause", "causes"]] as const

/** All labels in a language: the product's own words, and those that the company gives its categories and causes. */
export async function loadLabels(api: Client, language: Language): Promise<Labels> {
  const words = await api.get("/complaints/v1/labels")
  const taxonomies = await Promise.all(
    TAXONOMIES.map(async ([vocabulary, kind]) => {
      const { data } = await api.get("/complaints/v1/taxonomies/{kind}", { params: { path: { kind } } })
      return [vocabulary, data.body.entries] as const
    }),
  )
  const said = [...Object.entries(words.data.vocabularies), ...taxonomies]
  return new Labels(new Map(said.map(([vocabulary, codes]) => [vocabulary, inLanguage(codes, language)])))
}

function inLanguage(codes: Record<string, Record<Language, string>>, language: Language): Map<string, string> {
  return new Map(Object.entries(codes).map(([code, label]) => [code, label[language]]))
}

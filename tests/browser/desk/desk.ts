/** What every view knows: who looks, in which language, and how to say things. */
import { createContext } from "preact"
import { useContext, useEffect, useRef, useState } from "preact/hooks"
import { Problem, type Client, type LiveEvent, type Schema } from "@rapport/client"
import type { Labels } from "./labels"
import type { Language, Word } from "./words"

/** A fact of Complaints; null stands for a reset: load all that you show. */
export type Listener = (event: LiveEvent<"complaints"> | null) => void

export interface Desk {
  api: Client
  me: Schema<"MeView">
  language: Language
  labels: Labels
  /** Names of the staff, by the id that `assignee` has. */
  staff: ReadonlyMap<string, string>
  /** Calls the listener until what it gives back is called. */
  listen: (listener: Listener) => () => void
  say: (word: Word, values?: Record<string, string | number>) => string
}

export const DeskContext = createContext<Desk | null>(null)

/** The desk that this view stands in. */
export function useDesk(): Desk {
  return useContext(DeskContext)!
}

/** Calls `hear` with every live event while the view is shown. */
export function useLive(hear: Listener): void {
  const desk = useDesk()
  const latest = useRef(hear)
  latest.current = hear
  useEffect(() => desk.listen((event) => latest.current(event)), [desk.api])
}

export interface Loaded<T> {
  value: T | null
  /** Why it could not be loaded: `problem` is null when nothing answered. */
  failed: { problem: Problem | null } | null
  /** Whether an answer is on its way. */
  busy: boolean
  reload: () => void
}

/** Loads now, whenever `on` changes, and at every `reload()`. What came last stays while the next is on its way; an answer
 * that was overtaken by a later one is dropped. */
export function useLoaded<T>(load: () => Promise<T>, on: unknown[]): Loaded<T> {
  const [value, setValue] = useState<T | null>(null)
  const [failed, setFailed] = useState<Loaded<T>["failed"]>(null)
  const [busy, setBusy] = useState(true)
  const turn = useRef(0)
  const run = () => {
    const mine = ++turn.current
    setBusy(true)
    load().then(
      (loaded) => {
        if (mine !== turn.current) return
        setValue(loaded)
        setFailed(null)
        setBusy(false)
      },
      (error: unknown) => {
        if (mine !== turn.current) return
        setFailed({ problem: refusal(error) })
        setBusy(false)
      },
    )
  }
  const latest = useRef(run)
  latest.current = run
  useEffect(run, on)
  return { value, failed, busy, reload: () => latest.current() }
}

/** Many calls within `milliseconds` become one. */
export function useSettled(act: () => void, milliseconds = 200): () => void {
  const latest = useRef(act)
  latest.current = act
  const timer = useRef<ReturnType<typeof setTimeout>>()
  useEffect(() => () => clearTimeout(timer.current), [])
  return () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => latest.current(), milliseconds)
  }
}

/** What was refused, or null where nothing answered (`fetch` throws a TypeError then). Anything else is a mistake of this
 * page and is thrown on. */
export function refusal(error: unknown): Problem | null {
  if (error instanceof Problem) return error
  if (error instanceof TypeError) return null
  throw error
}

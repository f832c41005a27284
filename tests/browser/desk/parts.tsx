/** Small pieces that several views show. */
import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "preact/hooks"
import type { Problem } from "@rapport/client"
import { useDesk, type Desk } from "./desk"
import type { Language } from "./words"

/** The heading of a view. It takes the focus when the view is entered, so that a screen reader and Tab begin there. */
export function Heading({ children, title }: { children: ComponentChildren; title: string }) {
  const desk = useDesk()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  useEffect(() => {
    document.title = `${title} · ${desk.say("product")}`
  }, [title, desk.language])
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children}
    </h1>
  )
}

/** A time as people of this language write it, in the zone of the browser; a line breaks between day and time only. */
export function When({ at }: { at: string }) {
  const { language } = useDesk()
  return (
    <time dateTime={at}>
      <span>{formatted(at, language, { dateStyle: "medium" })}</span> <span>{formatted(at, language, { timeStyle: "short" })}</span>
    </time>
  )
}

/** A time to the second, within a sentence. */
export function written(at: string, language: Language): string {
  return formatted(at, language, { dateStyle: "medium", timeStyle: "medium" })
}

function formatted(at: string, language: Language, style: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", style).format(new Date(at))
}

/** When something is due, and in words that it is late. */
export function Due({ at }: { at: string | null }) {
  const desk = useDesk()
  if (!at) return <span class="muted">–</span>
  const late = Date.parse(at) < Date.now()
  return (
    <span class={late ? "late" : undefined}>
      <When at={at} />
      {late && <Badge tone="bad">{desk.say("late")}</Badge>}
    </span>
  )
}

type Tone = "plain" | "good" | "warn" | "bad" | "state"

export function Badge({ tone = "plain", children, state }: { tone?: Tone; children: ComponentChildren; state?: string }) {
  return (
    <span class={`badge ${tone}`} data-state={state}>
      {children}
    </span>
  )
}

const TONES = { low: "plain", medium: "plain", high: "warn", critical: "bad" } as const

export function Severity({ code }: { code: string | null }) {
  const desk = useDesk()
  if (!code) return <span class="muted">{desk.say("notAssessed")}</span>
  return <Badge tone={TONES[code as keyof typeof TONES] ?? "plain"}>{desk.labels.of("severity", code)}</Badge>
}

export function State({ code }: { code: string }) {
  const desk = useDesk()
  return <Badge tone="state" state={code}>{desk.labels.of("complaint-state", code)}</Badge>
}

/** A refusal that is about no field; `problem` is null where nothing answered. */
export function Refusal({ problem, again, say }: { problem: Problem | null; again?: () => void; say?: Desk["say"] }) {
  const desk = { say: say ?? useDesk().say }
  return (
    <div class="notice bad" role="alert" data-code={problem?.code ?? "unreachable"}>
      <p class="notice-title">{problem ? problem.title : desk.say("unreachable")}</p>
      {problem && problem.message !== problem.title && <p>{problem.message}</p>}
      {problem?.retryAfter !== undefined && <p>{desk.say("retry", { seconds: problem.retryAfter })}</p>}
      {problem?.traceId && <p class="muted small">{desk.say("trace", { trace: problem.traceId })}</p>}
      {again && (
        <button type="button" onClick={again}>
          {desk.say("again")}
        </button>
      )}
    </div>
  )
}

/** Names and values; what is null is left out. */
export function Facts({ of }: { of: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {of
        .filter(([, value]) => value !== null && value !== undefined)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

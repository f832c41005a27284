/** The frame of the desk: signing in, the one live stream, languages, and which view is shown. */
import { createClient, type LiveEvent, type Problem, type Schema } from "@rapport/client"
import { render } from "preact"
import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { ComplaintPage } from "./complaint"
import { CustomerPage } from "./customer"
import { DeskContext, refusal, type Desk, type Listener } from "./desk"
import { loadLabels, type Labels } from "./labels"
import { ComplaintList } from "./list"
import { Refusal } from "./parts"
import { go, usePlace } from "./places"
import { preferred, text, type Language, type Word } from "./words"

interface Session {
  token: string
  me: Schema<"MeView">
  staff: ReadonlyMap<string, string>
}

function Page({ rapport }: { rapport: string }) {
  const [language, setLanguage] = useState<Language>(preferred)
  const [session, setSession] = useState<Session | null>(null)
  const [labels, setLabels] = useState<Labels | null>(null)
  const say = (word: Word, values?: Record<string, string | number>) => text(language, word, values)
  const api = useMemo(
    () => createClient({ baseUrl: rapport, token: async () => session?.token ?? "", language: language === "zh" ? "zh-CN" : "en" }),
    [rapport, session?.token, language],
  )
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en"
  }, [language])
  useEffect(() => {
    if (session) void loadLabels(api, language).then(setLabels)
  }, [api])
  const [listen, live] = useStream(rapport, session?.token)
  if (!session || !labels)
    return (
      <div class="frame">
        <Top say={say} language={language} setLanguage={setLanguage} />
        <main id="content">{session ? <p role="status">{say("loading")}</p> : <SignIn rapport={rapport} language={language} enter={setSession} />}</main>
      </div>
    )
  const desk: Desk = { api, me: session.me, staff: session.staff, language, labels, listen, say }
  return (
    <DeskContext.Provider value={desk}>
      <div class="frame">
        <Top say={say} language={language} setLanguage={setLanguage} session={session} live={live} leave={() => setSession(null)} />
        <main id="content" tabIndex={-1}>
          <View />
        </main>
      </div>
    </DeskContext.Provider>
  )
}

function View() {
  const { path, query } = usePlace()
  const [kind, id] = path
  if (kind === "complaints" && id) return <ComplaintPage key={id} id={id} />
  if (kind === "customers" && id) return <CustomerPage key={id} id={id} />
  return <ComplaintList query={query} />
}

interface TopProps {
  say: Desk["say"]
  language: Language
  setLanguage: (language: Language) => void
  session?: Session
  live?: boolean
  leave?: () => void
}

function Top({ say, language, setLanguage, session, live, leave }: TopProps) {
  const other = language === "zh" ? "en" : "zh"
  const find = (event: Event) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const number = String(new FormData(form).get("number")).trim()
    if (number) go(`/complaints/${encodeURIComponent(number)}`)
    form.reset()
  }
  return (
    <header class="top">
      <a class="skip" href="#content" onClick={(event) => (event.preventDefault(), document.getElementById("content")?.focus())}>
        {say("skip")}
      </a>
      <p class="brand">
        <a href="#/complaints">{say("product")}</a>
      </p>
      {session && (
        <search>
          <form onSubmit={find}>
            <label class="visually-hidden" for="find">
              {say("findNumber")}
            </label>
            <input id="find" name="number" autoComplete="off" placeholder="C2026-000001" />
            <button type="submit">{say("find")}</button>
          </form>
        </search>
      )}
      <div class="who">
        {session && (
          <>
            <span role="status" class={live ? "live on" : "live"}>
              {say(live ? "live" : "offline")}
            </span>
            <span>
              {session.me.staff?.name ?? session.me.subject} <span class="muted">{say("level", { level: session.me.level })}</span>
            </span>
            <button type="button" class="quiet" onClick={leave}>
              {say("signOut")}
            </button>
          </>
        )}
        <button type="button" class="quiet" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => setLanguage(other)}>
          {other === "zh" ? "中文" : "English"}
        </button>
      </div>
    </header>
  )
}

/** In place of a login at the provider (PKCE), which a local installation has not: the token is given by hand. */
function SignIn({ rapport, language, enter }: { rapport: string; language: Language; enter: (session: Session) => void }) {
  const [failed, setFailed] = useState<{ problem: Problem | null } | null>(null)
  const say = (word: Word) => text(language, word)
  useEffect(() => {
    document.title = `${say("signIn")} · ${say("product")}`
  }, [language])
  const submit = async (event: Event) => {
    event.preventDefault()
    const token = String(new FormData(event.currentTarget as HTMLFormElement).get("token")).trim()
    const api = createClient({ baseUrl: rapport, token: async () => token, language })
    try {
      const [me, staff] = await Promise.all([api.get("/complaints/v1/me"), api.get("/complaints/v1/staff", { params: { query: { limit: 200 } } })])
      enter({ token, me: me.data, staff: new Map(staff.data.items.map(({ code, name }) => [code, name ?? code])) })
    } catch (error) {
      setFailed({ problem: refusal(error) })
    }
  }
  return (
    <form class="card sign-in" onSubmit={submit}>
      <h1>{say("signIn")}</h1>
      {failed && <Refusal {...failed} say={(word, values) => text(language, word, values)} />}
      <div class="field">
        <label for="token">{say("token")}</label>
        <input id="token" name="token" type="password" autoComplete="off" aria-describedby="token-hint" />
        <p id="token-hint" class="muted small">
          {say("signInHint")}
        </p>
      </div>
      <button type="submit" class="primary">
        {say("signIn")}
      </button>
    </form>
  )
}

/** One stream for the whole page: a browser opens few connections to one origin. Whether it is heard now comes with it. */
function useStream(rapport: string, token: string | undefined): [Desk["listen"], boolean] {
  const listeners = useRef(new Set<Listener>())
  const [live, setLive] = useState(false)
  useEffect(() => {
    if (!token) return
    const ending = new AbortController()
    const tell = (event: LiveEvent<"complaints"> | null) => {
      for (const listener of listeners.current) listener(event)
    }
    const stream = createClient({ baseUrl: rapport, token: async () => token })
    const heard = { reset: () => tell(null), changed: tell, connected: setLive, signal: ending.signal }
    stream.follow("complaints", heard).catch(() => setLive(false))
    return () => ending.abort()
  }, [rapport, token])
  const listen = useRef((listener: Listener) => {
    listeners.current.add(listener)
    return () => void listeners.current.delete(listener)
  })
  return [listen.current, live]
}

const { rapport } = (await (await fetch("config.json")).json()) as { rapport: string }
render(<Page rapport={rapport} />, document.body)

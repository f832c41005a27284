/**
 * The client against a running product: RAPPORT_URL, RAPPORT_TOKEN for all that a person may do, RAPPORT_EXPIRED_TOKEN, and the
 * command RAPPORT, which makes others.
 */

import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { test } from "node:test"
import { promisify } from "node:util"
import { createClient, Problem, type LiveEvent, type Schema, type Settings } from "@rapport/client"

const url = asked("RAPPORT_URL")
const COMPLAINTS = "/complaints/v1/complaints"
const ONE = "/complaints/v1/complaints/{complaint_id}"
const never = new AbortController().signal

function asked(name: string): string {
  const value = process.env[name]
  assert.ok(value, `${name} is not set`)
  return value
}

function client(more: Partial<Settings> = {}) {
  return createClient({ baseUrl: url, token: async () => asked("RAPPORT_TOKEN"), ...more })
}

/** A token that is good for the shortest time that there is, six seconds. */
async function shortToken(): Promise<string> {
  const { RAPPORT_TOKEN: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(asked("RAPPORT"), ["token", "--minutes", "0.1"], { env })
  return stdout.trim()
}

const complaint: Schema<"NewComplaint"> = {
  received_at: "2026-03-02T10:00:00+08:00",
  channel: "web",
  category: "delivery",
  problem: "It never came.",
  contact: { email: "han@example.org" },
}

async function filed() {
  return (await client().post(COMPLAINTS, { body: complaint })).data
}

/** What a call is refused with. */
async function refusal(call: Promise<unknown>): Promise<Problem> {
  const problem = await call.then(() => assert.fail("it was not refused"), (error: unknown) => error)
  assert.ok(problem instanceof Problem, String(problem))
  return problem
}

test("what is filed can be read, with its tag", async () => {
  const { id } = await filed()
  const { data, etag } = await client().get(ONE, { params: { path: { complaint_id: id } } })
  assert.equal(data.category, "delivery")
  assert.match(etag ?? "", new RegExp(`^W/"${data.version}-`))
})

test("the same key does it once, another key again", async () => {
  const once = (idempotencyKey?: string) =>
    client().post(COMPLAINTS, { body: complaint, ...(idempotencyKey && { idempotencyKey }) })
  const key = crypto.randomUUID()
  const [first, again, other] = [await once(key), await once(key), await once()]
  assert.equal(again.data.id, first.data.id)
  assert.equal(again.response.headers.get("Idempotency-Replayed"), "true")
  assert.notEqual(other.data.id, first.data.id)
})

test("an answer that was lost on the way is asked for again with the same key", async () => {
  const keys: (string | null)[] = []
  const losing = async (request: Request) => {
    keys.push(request.headers.get("Idempotency-Key"))
    const response = await fetch(request)
    return keys.length > 1 ? response : new Response("bad gateway", { status: 502 })
  }
  const { response } = await client({ fetch: losing }).post(COMPLAINTS, { body: complaint })
  assert.equal(response.headers.get("Idempotency-Replayed"), "true")
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1])
})

test("what cannot be sent twice is not, and patience has an end", async () => {
  let calls = 0
  const away = (status: number, headers = {}) => async () => (calls++, new Response("", { status, headers }))
  const path = { complaint_id: crypto.randomUUID() }
  const put = client({ fetch: away(502) }).put("/complaints/v1/staff/{staff_id}", {
    params: { path: { staff_id: "agent-1" } },
    body: { name: "Li" } as never,
  })
  const refused = await refusal(put)
  assert.deepEqual([refused.status, refused.code, calls], [502, "unreadable", 1])
  const busy = await refusal(client({ fetch: away(503, { "Retry-After": "31" }) }).get(ONE, { params: { path } }))
  assert.deepEqual([busy.status, busy.retryAfter, calls], [503, 31, 2])
})

test("who was slower is told what it is like now", async () => {
  const { id, version } = await filed()
  const path = { complaint_id: id }
  const acknowledge = (extra = {}) =>
    client().post(`${ONE}:acknowledge`, { params: { path }, body: { method: "email" }, ...extra })
  await acknowledge()
  const problem = await refusal(acknowledge({ ifMatch: version }))
  assert.deepEqual([problem.status, problem.code], [412, "version-conflict"])
  assert.ok(Number(problem.etag?.replaceAll('"', "")) > version, problem.etag)
  const { data } = await client().get(ONE, { params: { path } })
  assert.deepEqual([problem.state, problem.allowed], [data.state, data.allowed])
})

test("wrong fields are told by path, in the language of the client", async () => {
  const wrong = { ...complaint, received_at: "yesterday" }
  const problem = await refusal(client({ language: "zh" }).post(COMPLAINTS, { body: wrong }))
  assert.equal(problem.code, "invalid-body")
  assert.deepEqual(problem.errors.map(({ path }) => path), ["received_at"])
  assert.match(problem.message, /\p{Script=Han}/u)
  assert.ok(problem.traceId)
})

test("all pages of a list, each item once", async () => {
  const made = [await filed(), await filed(), await filed()].map(({ id }) => id)
  const seen: string[] = []
  const query = { limit: 2, sort: ["-received_at" as const] }
  for await (const page of client().pages(COMPLAINTS, { params: { query } })) seen.push(...page.items.map(({ id }) => id))
  assert.equal(new Set(seen).size, seen.length)
  assert.deepEqual(made.filter((id) => !seen.includes(id)), [])
})

test("a token that has expired is replaced once", async () => {
  const old = asked("RAPPORT_EXPIRED_TOKEN")
  const expired = await refusal(client({ token: async () => old }).get("/complaints/v1/me"))
  assert.deepEqual([expired.status, expired.code], [401, "token-expired"])
  const given = [old, asked("RAPPORT_TOKEN")]
  const token = async () => given.shift() ?? assert.fail("asked too often")
  assert.equal((await client({ token }).get("/complaints/v1/me")).data.kind, "person")
})

test("live updates go on behind an expired token: what happened meanwhile is told, nothing twice", async () => {
  const ended = new AbortController()
  const resets: string[] = []
  const heard: LiveEvent<"complaints">[] = []
  const positions: (string | null)[] = []
  const states: boolean[] = []
  const made: string[] = []
  const meanwhile = async (request: Request) => {
    if (states.length === 2) made.push((await filed()).id)
    const response = await fetch(request)
    if (response.ok) positions.push(request.headers.get("Last-Event-ID"))
    return response
  }
  // Short until the stream was heard: on a busy machine the first one may have expired before it is shown.
  const token = async () => (states.length ? asked("RAPPORT_TOKEN") : shortToken())
  await client({ token, fetch: meanwhile }).follow("complaints", {
    filters: { type: ["complaint.received.v1"] },
    signal: AbortSignal.any([ended.signal, AbortSignal.timeout(50_000)]),
    reset: async (reason) => {
      resets.push(reason)
      made.push((await filed()).id)
    },
    changed: (event) => {
      heard.push(event)
      if (heard.length === 2) ended.abort()
    },
    connected: (yes) => states.push(yes),
  })
  assert.deepEqual(heard.map(({ subject }) => subject), made)
  assert.deepEqual(resets, ["start"])
  assert.deepEqual(states, [true, false, true, false])
  assert.deepEqual(positions.map(Boolean), [false, true])
})

test("a stream that this caller cannot have is refused, and what a handler throws comes out", async () => {
  const nobody = { reset: () => assert.fail("heard"), changed: () => assert.fail("heard"), signal: never }
  const problem = await refusal(client({ token: async () => "nonsense" }).follow("complaints", nobody))
  assert.equal(problem.status, 401)
  const broken = { ...nobody, reset: () => Promise.reject(new Error("mine")) }
  await assert.rejects(client().follow("complaints", broken), /mine/)
})

import createClient from "openapi-fetch"
import type { paths } from "./DOCUMENT/index.js"

const path = { customer_id: "0190a5c0-0000-7000-8000-000000000000" }
const { data } = await createClient<paths>().GET("/profiles/v1/customers/{customer_id}", { params: { path } })
if (data === undefined) throw new Error("refused")
export const stage: string = data.stage
export const version: number = data.version

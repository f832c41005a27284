import { customersShow } from "./DOCUMENT/index.js"

const path = { customer_id: "0190a5c0-0000-7000-8000-000000000000" }
const { data } = await customersShow({ path, throwOnError: true })
export const stage: string = data.stage
export const version: number = data.version

import { customersShow } from "./DOCUMENT/index.js"

const answer = await customersShow("0190a5c0-0000-7000-8000-000000000000")
if (answer.status !== 200) throw new Error("refused")
export const stage: string = answer.data.stage
export const version: number = answer.data.version

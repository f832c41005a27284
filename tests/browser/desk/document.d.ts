/** What build.mjs takes out of the product's document for front ends. */
declare module "actions" {
  /** By action of a complaint: the schema of its body, without references. */
  const actions: Record<string, import("./forms").Body>
  export default actions
}
declare module "summaries" {
  /** By type of event and field of its summary in a timeline: the vocabulary of its codes. */
  const summaries: Record<string, Record<string, string>>
  export default summaries
}

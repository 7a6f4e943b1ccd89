/** Results as one JSON document. */

/** As JSON, with bigints as texts of their digits. JSON has no NaN and no infinity: they become null. */
export function toJSON(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each), indent);
}

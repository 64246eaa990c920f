/**
 * The names of the private tables around a live one: `sale_fact__r7` is what run 7 stages, `sale_fact__o7` what it
 * replaced, `sale_fact__u7` what it has overwritten, `sale_fact__i7` its landing. They share one alphabet so that one pattern finds what a dead run left.
 */
export const stagingName = (table: string, fence: number): string => workingName(table, 'r', fence)
export const oldName = (table: string, fence: number): string => workingName(table, 'o', fence)
/** The letter of the table with the rows that a change in place has overwritten, as they were. */
export const BEFORE = 'u'
export const beforeName = (table: string, fence: number): string => workingName(table, BEFORE, fence)
export const workingName = (table: string, letter: string, fence: number): string => `${table}__${letter}${fence}`

/** What a name made here says, or undefined for any other name. */
export function readName(name: string): { readonly table: string; readonly letter: string; readonly fence: number } | undefined {
  const [, table, letter, fence] = /^(.+)__([a-z])(\d+)$/.exec(name) ?? []
  return table === undefined || letter === undefined ? undefined : { table, letter, fence: Number(fence) }
}

const mark = /(?:^| )etl_run=([0-9a-f-]{36})$/

/** The user's own comment, and after it the run that made the table: the table is its own commit record. */
export function commentWith(comment: string | undefined, runId: string): string {
  return `${comment ?? ''} etl_run=${runId}`.trimStart()
}

/** The run that a table's comment names, or undefined for a table that isn't ours. */
export function runOf(comment: string): string | undefined {
  return mark.exec(comment)?.[1]
}

/** The user's own comment, without the run. */
export function withoutRun(comment: string): string {
  return comment.replace(mark, '')
}

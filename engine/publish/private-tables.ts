import type { Connection } from '../db/connection.ts'
import { lookAtLive, mergedOf, tidyComment } from './live-run.ts'
import { BEFORE, oldName, readName, runOf } from './names.ts'

/** A private table around a live one. */
interface PrivateTable {
  readonly name: string
  readonly table: string
  readonly letter: string
  readonly fence: number
}

/** A run that is live. */
interface Published {
  readonly runId: string
  readonly target: string
  readonly fence: number
}

const readPrivate = (name: string): readonly PrivateTable[] => {
  const read = readName(name)
  return read === undefined ? [] : [{ name, ...read }]
}

/** Drops the private tables around a live one that `which` picks by their names and runs; never one that no run of ours made. `first` comes before, where there are any. */
export async function dropPrivateTables(
  connection: Connection, table: string, which: (name: PrivateTable, run: string | undefined) => boolean, first?: () => Promise<void>,
): Promise<void> {
  const comments = await connection.commentsLike(`${table}__`)
  const picked = [...comments.keys()].flatMap(readPrivate).filter((one) => one.table === table && which(one, runOf(comments.get(one.name) ?? '')))
  if (picked.length > 0) await first?.()
  await dropOurs(connection, picked, comments)
}

/** Those of some tables whose comments name a run of ours. */
async function dropOurs(connection: Connection, tables: readonly PrivateTable[], comments: ReadonlyMap<string, string>): Promise<void> {
  const ours = tables.filter(({ name }) => runOf(comments.get(name) ?? '') !== undefined).map(({ name }) => name)
  for (const statement of connection.dialect.dropTables(ours)) await connection.execute(statement)
}

/** After the publish of a run: see `clearAway`. @throws the first error */
export async function clearAwayOne(connection: Connection, run: Published): Promise<void> {
  const error = await clearAway(connection, [run])
  if (error !== undefined) throw error
}

/**
 * After the publish of runs: keeps one old table of each for a rollback, drops older ones and the runs' working tables. A
 * merge leaves none to keep, and a change in place the rows that it has overwritten. What there is was looked up once for all of them: their locks are held, so only tables of dead
 * runs could come, and those are the next one's.
 *
 * @returns the first error; what it kept from being cleared away, the next publish clears away
 */
export async function clearAway(connection: Connection, runs: readonly Published[]): Promise<Error | undefined> {
  const errors: Error[] = []
  const tolerantly = async (work: () => Promise<unknown>): Promise<void> => { await work().catch((error: unknown) => { errors.push(error as Error) }) }
  await tolerantly(async () => {
    const merged = await mergedOf(connection, runs)
    if (merged.length > 0) for (const live of (await lookAtLive(connection, merged.map(({ target }) => target))).live.values()) await tolerantly(() => tidyComment(connection, live))
    const targets = runs.map(({ target }) => target)
    const around = (await namesAround(connection, targets)).flatMap(readPrivate)
    const useless = runs.map((run) => uselessTables(run, merged.includes(run), around.filter(({ table }) => table === run.target)))
    const comments = await connection.comments(useless.flat().map(({ name }) => name))
    // Those of each run by themselves: who still reads an old table is in nobody else's way.
    for (const its of useless) await tolerantly(() => dropOurs(connection, its, comments))
  })
  return errors[0]
}

/** One look at all tables costs less than one for each of several. */
const namesAround = (connection: Connection, targets: readonly string[]): Promise<string[]> => connection.tablesLike(targets.length === 1 ? `${targets[0]}__` : '')

function uselessTables({ target, fence }: Published, isMerged: boolean, around: readonly PrivateTable[]): readonly PrivateTable[] {
  if (isMerged) return around.filter((one) => one.fence < fence || (one.fence === fence && one.letter !== BEFORE))
  // Without the table that this run replaced, an older one is what can be put back.
  const hasOld = around.some(({ name }) => name === oldName(target, fence))
  return around.filter((one) => (one.letter === 'o' ? hasOld && one.fence < fence : one.letter !== 'r' && one.fence <= fence))
}

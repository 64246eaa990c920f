/** A way to load under the reader's eyes: generation after generation, until something is seen or nothing ever was. */

import { setTimeout as pause } from 'node:timers/promises'
import type { Connection, Database } from '../../engine/db/connection.ts'
import { contentOf, small } from './content.ts'
import { sightOf } from './judge.ts'
import type { Fault } from './judge.ts'
import { makeStar } from './known-bad.ts'
import type { Strategy } from './known-bad.ts'
import { after, nothing } from './model.ts'
import { watch } from './reader.ts'

export interface Seen {
  readonly faults: ReadonlySet<Fault>
  readonly refreshes: number
  readonly polls: number
}

/** Loads up to so many generations while the reader polls without a pause, on other sessions; `enough` ends it early. */
export async function seenUnder(database: Database, strategy: Strategy, generations: number, enough: (faults: ReadonlySet<Fault>) => boolean): Promise<Seen> {
  const loader = await database.connect()
  const faults = new Set<Fault>()
  let state = after(nothing, contentOf(1, 1, small))
  await clear(loader)
  await makeStar(loader, state, async () => {}, nothing)
  const watched = { may: [sightOf(state)], seen: state.path }
  const reader = watch(await database.connect(), watched, ({ fault }) => faults.add(fault), 0)
  // Two readings: the one under way may have looked already.
  const look = async (): Promise<void> => {
    const until = reader.polls() + 2
    while (reader.polls() < until) await pause(1)
  }
  let refreshes = 0
  try {
    while (refreshes < generations && !enough(faults)) {
      refreshes += 1
      const next = after(state, contentOf(1, refreshes + 1, small))
      watched.may = [state, next].map(sightOf)
      await strategy(loader, next, look, state)
      state = next
    }
  } finally {
    await reader.stop()
    await loader.close()
  }
  return { faults, refreshes, polls: reader.polls() }
}

async function clear(connection: Connection): Promise<void> {
  for (const table of await connection.tablesLike('')) await connection.execute(connection.dialect.dropTable(table))
}

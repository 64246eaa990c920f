/** One of the several sessions over which a load in ranges reads its rows or brings them in is ended on its server, or its statement is. */

import { setTimeout as pause } from 'node:timers/promises'
import { openDatabase } from '../../../engine/db/open.ts'
import { oneOf } from '../chance.ts'
import type { Chance } from '../chance.ts'
import { lineTo } from '../line.ts'
import type { Strike, Trouble } from '../ordeal.ts'
import { endings } from './query.ts'

const sides = ['source', 'warehouse'] as const

/** What each of them says when its part begins; the source is asked for the ends of the ranges, too. */
const begins = { source: /\bsrc_sale\b/, warehouse: /^(LOAD DATA|COPY|INSERT)\b[^]*\bsale_fact__r/i } as const

/** Within so many milliseconds a part is read and brought in. */
const NEAR = 12

export async function partsTrouble(urls: Readonly<Record<typeof sides[number], string>>, ranges: number): Promise<Trouble> {
  const [source, warehouse] = await Promise.all(sides.map(async (side) => {
    const [line, database] = [await lineTo(urls[side]), await openDatabase(urls[side])]
    return { line, database, session: await database.connect(), words: endings[database.dialectName] }
  }))
  const ends = { source: source!, warehouse: warehouse! }

  function next(chance: Chance): Strike {
    const side = oneOf(chance, sides)
    const what = oneOf(chance, ['session', 'statement', 'session'] as const)
    const wanted = 1 + Math.floor(chance() * (side === 'source' ? ranges + 1 : ranges))
    const later = Math.floor(chance() * NEAR)
    const { line, session, words } = ends[side]
    let count = 0
    let done: Promise<unknown> | undefined
    return {
      kind: `${side} ${what}`, words: `the ${what} of part ${wanted} ended at the ${side} after ${later} ms`,
      arm() {
        line.onSent = ({ session: id, sql }) => {
          if (id === 0 || !begins[side].test(sql)) return
          count += 1
          if (count === wanted) done = pause(later).then(() => session.query(words?.[what](id) ?? '')).catch(() => undefined)
        }
      },
      async end(well) {
        line.onSent = undefined
        await done
        for (const each of sides) ends[each].line.heal()
        // A session that had done its part is missed by nobody.
        return done !== undefined && !well
      },
    }
  }

  return {
    source: ends.source.line.url, warehouse: ends.warehouse.line.url, next,
    async close() {
      for (const { line, session, database } of Object.values(ends)) {
        await session.close()
        await database.close()
        await line.close()
      }
    },
  }
}

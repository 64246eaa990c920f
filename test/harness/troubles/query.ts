/** The statement under way is ended on the server, or its session is, as an administrator would: at each statement of a load. */

import { openDatabase } from '../../../engine/db/open.ts'
import type { Chance } from '../chance.ts'
import { lineTo } from '../line.ts'
import type { Strike, Trouble } from '../ordeal.ts'
import type { Scene } from '../scene.ts'

type What = 'statement' | 'session'

/** How far one seed gets, and the next one begins: an epoch. */
export const STRIDE = 100

/** How an administrator ends what a session does, or the session. */
export const endings: Readonly<Record<string, Readonly<Record<What, (session: number) => string>>>> = {
  mysql: { statement: (id) => `KILL QUERY ${id}`, session: (id) => `KILL CONNECTION ${id}` },
  postgres: { statement: (id) => `SELECT pg_cancel_backend(${id})`, session: (id) => `SELECT pg_terminate_backend(${id})` },
}

/** One statement after the other, of sources too if they stay in the warehouse's server, once each way; where it begins follows from the seed, so that the epochs of a long run come to all of them. */
export async function queryTrouble({ options: { url, seed } }: Scene, stays = false): Promise<Trouble> {
  const line = await lineTo(url)
  const admin = await openDatabase(url)
  const session = await admin.connect()
  const words = endings[admin.dialectName]
  /** How many statements a load takes. */
  let usual = 100
  let turn = seed * STRIDE

  function next(chance: Chance): Strike {
    turn += 1
    const what: What = turn % 2 === 0 ? 'statement' : 'session'
    const wanted = 1 + (Math.floor(turn / 2) % (usual + 5))
    // A statement that has ended when its end is asked for was not struck: so it is asked for a few times, in a short while.
    const again = what === 'statement' ? 1 + Math.floor(chance() * 4) : 1
    let count = 0
    let done: Promise<unknown> | undefined
    return {
      kind: what, words: `the ${what} ended at statement ${wanted}`,
      arm() {
        line.onSent = ({ session: id }) => {
          count += 1
          if (count !== wanted || id === 0) return
          done = Promise.all(Array.from({ length: again }, () => session.query(words?.[what](id) ?? '').catch(() => undefined)))
        }
      },
      async end() {
        line.onSent = undefined
        await done
        line.heal()
        return done !== undefined
      },
    }
  }

  return {
    warehouse: line.url, ...stays && { source: line.url }, next,
    calm() {
      let count = 0
      line.onSent = () => { count += 1 }
      return () => {
        usual = count
        line.onSent = undefined
      }
    },
    async close() {
      await session.close()
      await admin.close()
      await line.close()
    },
  }
}

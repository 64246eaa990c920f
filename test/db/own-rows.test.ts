import assert from 'node:assert/strict'
import { whyOwn } from '../../engine/db/mysql/own-rows.ts'

/** A server that knows of no stored function and of no view, as MariaDB does of what is in a package. */
const session = { run: () => Promise.resolve({ fields: [], rows: [], header: undefined }) } as unknown as Parameters<typeof whyOwn>[2]

describe('a query for MariaDB or MySQL', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['SELECT s.id AS id, shop.util.whoami() AS v FROM sale AS s', 'whoami'],
    ['SELECT s.id AS id, `shop` . `util`.`whoami` () AS v FROM sale AS s', 'whoami'],
    ['SELECT s.id AS id, shop.who() AS v FROM sale AS s', 'who'],
    ['SELECT s.id AS id, IF(s.id IN (1, 2), COUNT(*), 1.5 * (s.id)) AS v FROM shop.sale AS s JOIN shop.line USING (id) GROUP BY s.id', undefined],
  ]
  for (const [sql, name] of cases) {
    it(`${name === undefined ? 'may stay where it calls the server\'s own functions alone' : `is read where it calls ${name} by a name of several parts`}: ${sql}`, async () => {
      assert.equal(await whyOwn(sql, 'shop', session), name === undefined ? undefined : `it calls the stored function ${name}, which may be something else to each user`)
    })
  }
})

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { fingerprintOf } from '../../engine/etl/fingerprint.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { source } from '../../engine/source/sql.ts'
import { create } from '../../engine/sql/define-create.ts'

/** A fact of one key, in whatever it may differ. */
function fact({ isLong = false, onMissing = 'unknown', amount = 'INT', transform }: { isLong?: boolean; onMissing?: 'unknown' | 'reject'; amount?: string; transform?: (row: unknown) => never }) {
  const shop = scd1({
    source: source('SELECT s.id AS shop_id, s.name AS name FROM shop AS s'), key: 'shop_key', lookup: ['shop_id'],
    create: isLong ? create('CREATE TABLE shop_dim (\n shop_key KEY,\n shop_id INT NOT NULL,\n name VARCHAR(21)\n)') : create('CREATE TABLE shop_dim (\n shop_key KEY,\n shop_id INT NOT NULL,\n name VARCHAR(20)\n)'),
  })
  return transaction({
    source: source<{ shop_id: number; amount: number }>('SELECT s.shop_id AS shop_id, s.amount AS amount FROM sale AS s'), create: create<string>(`CREATE TABLE sale_fact (\n shop_key INT NOT NULL,\n amount ${amount}\n)`),
    keys: { shop_key: { of: shop, by: 'shop_id', onMissing } }, ...transform && { transform },
  })
}

const at = (from: string, here: { folder?: string; machine?: string }) => fingerprintOf({ type: 'fact', name: 'sale', etl: fact({}) }, 'mysql', from, here)

const transform = (row: unknown): never => row as never

describe('the fingerprint of an ETL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'starline-code-'))
  mkdirSync(join(folder, 'facts'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const of = (given: Parameters<typeof fact>[0], from = 'mysql://etl:kJ7_4x@host/shop') => fingerprintOf({ type: 'fact', name: 'sale', etl: fact(given) }, 'mysql', from, { folder })

  it('is another one where its rows might be others', async () => {
    const all = [await of({}), await of({}, 'mysql://etl:kJ7_4x@host/shop2'), await of({}, 'mysql://other:kJ7_4x@host/shop'), await of({ onMissing: 'reject' }), await of({ isLong: true }), await of({ amount: 'BIGINT' })]
    assert.equal(new Set(all).size, all.length)
    assert.equal(await of({}), all[0])
    assert.equal(await of({}, 'mysql://etl:Zq3_8y@host/shop'), all[0], 'a password makes no rows')
  })

  it('is another one where the source is another one on each machine, or in each folder', async () => {
    const a = { folder: '/srv/a', machine: 'a' }
    for (const [from, differs] of [
      ['mysql://host/shop', []], ['postgres://host:5433/shop?schema=x', []], ['files:/srv/shop', ['machine']], ['files:shop', ['machine', 'folder']],
      ['mysql://etl@localhost/shop', ['machine']], ['mysql://127.0.0.1:3307/shop', ['machine']], ['postgres://etl@[::1]/shop', ['machine']], ['mysql://host/shop?socketPath=/run/a.sock', ['machine']],
    ] as const) {
      const others = [['machine', { ...a, machine: 'b' }], ['folder', { ...a, folder: '/srv/b' }]] as const
      const found = await Promise.all(others.map(async ([what, other]) => (await at(from, a) === await at(from, other) ? [] : [what])))
      assert.deepEqual(found.flat(), differs, from)
    }
    assert.notEqual(await at('mysql://host/shop?socketPath=/run/a.sock', a), await at('mysql://host/shop?socketPath=/run/b.sock', a))
  })

  it('with a function is of all code around it, and there is none where that has changed since the process began', async () => {
    const plain = await of({ transform })
    assert.notEqual(plain, await of({}))
    writeFileSync(join(folder, 'facts', 'sale.ts'), 'export {}\n')
    // A folder is looked through once.
    assert.equal(await of({ transform }), plain)
    assert.equal(await fingerprintOf({ type: 'fact', name: 'sale', etl: fact({ transform }) }, 'mysql', 'mysql://host/shop', { folder: join(folder, 'facts') }), undefined)
  })
})

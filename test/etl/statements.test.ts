import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import type { Config } from '../../engine/etl/registry.ts'
import { create } from '../../engine/sql/define-create.ts'
import { countSent } from '../helpers/counted.ts'
import type { Sent } from '../helpers/counted.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { onEveryServer } from '../helpers/warehouses.ts'

/** What one small dimension may cost. Where this is too little, ask what the new statement is for, and whether it could be part of another one. */
const most: Readonly<Record<string, number>> = { mysql: 64, postgres: 80 }

onEveryServer('a refresh of small ETLs', ({ url, connection }) => {
  const few = (count: number): Config => defineConfig({
    source: 'files:.', warehouse: url(), logs: false, facts: {},
    dimensions: Object.fromEntries(Array.from({ length: count }, (_, i) => [`small_${i}`, scd1({
      source: drawnSource('| id INT | name |\n| 1 | one |\n| 2 | two |'), key: 'small_key', lookup: ['id'],
      create: create<string>(`CREATE TABLE small_${i}_dim (\n small_key KEY,\n id INT NOT NULL,\n name VARCHAR(60)\n)`),
    })])),
  })
  /** The second time, when all tables are there. */
  async function again(count: number): Promise<Sent> {
    resultsOf(await loadAll(few(count)))
    return countSent(async () => resultsOf(await loadAll(few(count))))
  }

  it('sends few statements for each of them, over few sessions, and no more for each where there are more', async () => {
    // A heart beats meanwhile, more often where it takes longer.
    const [three, six, nine] = [await again(3), await again(6), await again(9)]
    const each = (six.statements - three.statements) / 3
    assert.ok(each > 0 && each <= (most[connection().dialect.name] ?? 0), `${each} statements for each`)
    assert.ok(six.sessions - three.sessions <= 3, `${three.sessions} sessions for three, ${six.sessions} for six`)
    assert.ok(nine.statements - six.statements <= six.statements - three.statements + 9, `${three.statements}, ${six.statements}, ${nine.statements}`)
  })
})

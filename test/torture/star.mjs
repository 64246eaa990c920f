/**
 * Many tiny dimensions, and facts of them, as plain JavaScript over the compiled package, so that a worker that was killed
 * is soon back. The environment tells all: TORTURE_WAREHOUSE, _QUEUE, _FOLDER (of the logs), _ETLS, _FACTS and _SLEEP (milliseconds that
 * each source takes).
 */
import { setTimeout as pause } from 'node:timers/promises'
import { create, defineConfig, scd1, transaction } from 'starline'

const { TORTURE_WAREHOUSE: warehouse, TORTURE_QUEUE: queue, TORTURE_FOLDER: folder, TORTURE_ETLS: etls, TORTURE_FACTS: facts, TORTURE_SLEEP: sleep } = process.env

const integer = { kind: 'integer', min: -(2n ** 31n), max: 2n ** 31n - 1n }

async function* batchesOf(rows) { yield rows }

/** A source without a database, which takes its time. */
const source = (columns, rows) => ({
  from: undefined, text: 'made by the torture', columns: undefined,
  async read({ signal }) {
    if (Number(sleep) > 0) await pause(Number(sleep), undefined, { signal })
    return { columns, rows: { form: 'batches', of: batchesOf(rows) } }
  },
})

const dimension = (name) => scd1({
  source: source([{ name: 'id', type: integer }, { name: 'name', type: { kind: 'text' } }], [[1, 'one'], [2, 'two'], [3, 'three']]),
  create: create(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL,\n name VARCHAR(20) NOT NULL\n)`),
  key: `${name}_key`, lookup: ['id'],
})

const fact = (name, of) => transaction({
  source: source([{ name: 'sale_id', type: integer }, { name: 'id', type: integer }], [[1, 1], [2, 2], [3, 3]]),
  create: create(`CREATE TABLE ${name}_fact (\n sale_id INT NOT NULL,\n ${name}_key INT NOT NULL\n)`),
  keys: { [`${name}_key`]: { of, by: 'id' } },
})

const names = Array.from({ length: Number(etls) }, (_, i) => `d${i + 1}`)
const dimensions = Object.fromEntries(names.map((name) => [name, dimension(name)]))

export default defineConfig({
  source: 'files:.', warehouse, queue, logs: folder, dimensions,
  facts: Object.fromEntries(names.slice(0, Number(facts)).map((name) => [`f_${name}`, fact(name, dimensions[name])])),
})

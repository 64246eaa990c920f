import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { DatabaseError } from '../../engine/errors.ts'
import { extract } from '../../engine/etl/extract.ts'
import { entriesOf } from '../../engine/etl/registry.ts'
import { transaction } from '../../engine/fact/transaction.ts'
import { silent } from '../../engine/log.ts'
import type { SourceContext } from '../../engine/source/source.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

onEveryWarehouse('the source of an ETL', ({ url }) => {
  /** Runs a dimension whose source has these things to close; what happened, in order. */
  async function happenings(closers: readonly (() => Promise<void>)[], fails = false): Promise<string[]> {
    const said: string[] = []
    const drawn = drawnSource('| school_id INT |\n| 1 |\n| 2 |\n| 3 |')
    const school = scd1({
      key: 'school_key', lookup: ['school_id'], create: create<string>('CREATE TABLE school_dim (\n school_key KEY,\n school_id INT NOT NULL\n)'),
      source: {
        ...drawn,
        read: async (context: SourceContext) => {
          for (const [i, work] of closers.entries()) context.onClose(async () => { said.push(`closed ${i + 1}`); await work() })
          if (fails) throw new Error('the source is empty')
          return drawn.read(context)
        },
      },
    })
    const config = defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { school }, facts: {} })
    resultsOf(await loadAll(config, undefined, {
      log: { ...silent, warn: (message) => { said.push(message) } },
      on: (happening) => { if (happening.what === 'step' && happening.step === 'loaded') said.push('loaded') },
    }))
    return said
  }

  it('is closed behind its last row, the last thing first, while the load goes on', async () => {
    assert.deepEqual(await happenings([async () => {}, async () => {}]), ['closed 2', 'closed 1', 'loaded'])
  })

  it('takes nothing from the load where it can\'t be closed, and keeps nothing else open', async () => {
    assert.deepEqual(await happenings([async () => {}, () => Promise.reject(new Error('stuck'))]),
      ['closed 2', 'Could not close the source of dimension school: stuck', 'closed 1', 'loaded'])
  })

  it('says its own error, not that of its end', async () => {
    await assert.rejects(happenings([() => Promise.reject(new Error('stuck'))], true), /the source is empty/)
  })
})

const lost = (): Promise<never> => Promise.reject(new DatabaseError('the connection was lost', { transient: true }))

describe('a source that is read in ranges', () => {
  it('keeps what its other ranges read from open where one of them can\'t begin, for that is what the load tells', async () => {
    const said: string[] = []
    const drawn = drawnSource('| id INT |\n| 1 |')
    const sale = transaction({
      create: create<string>('CREATE TABLE sale_fact (\n id INT NOT NULL\n)'), keys: {},
      source: {
        ...drawn,
        read: async (context: SourceContext) => {
          context.onClose(async () => { said.push('closed') })
          return { ...await drawn.read(context), others: [{ terms: { range: 1, condition: '', words: { by: 'id', values: '1 to 2' }, statement: '' }, open: lost, leave: async () => {} }] }
        },
      },
    })
    const config = defineConfig({ source: 'files:.', warehouse: 'duckdb::memory:', logs: false, dimensions: {}, facts: { sale } })
    const [entry] = entriesOf(config)
    const extracted = await extract(entry!, { config, log: silent, signal: new AbortController().signal, source: () => assert.fail('no database is asked') }, '2024-01-01 00:00:00')
    await assert.rejects(extracted.flow.others![0]!.open(), (error) => error instanceof DatabaseError && error.transient && error.message === 'source of fact sale: the connection was lost')
    assert.deepEqual(said, [])
    await extracted.close()
    assert.deepEqual(said, ['closed'])
  })
})

import assert from 'node:assert/strict'
import { scd1 } from '../../engine/dimension/scd1.ts'
import { ConfigurationError } from '../../engine/errors.ts'
import type { Entry } from '../../engine/etl/registry.ts'
import { refuseUnknownTypes } from '../../engine/etl/types.ts'
import { create } from '../../engine/sql/define-create.ts'
import { readCreate } from '../../engine/sql/create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'
import { loadAll, resultsOf } from '../helpers/refresh.ts'
import { defineConfig } from '../../engine/define-config.ts'
import { onEveryWarehouse } from '../helpers/warehouses.ts'

const entry = { type: 'dimension', name: 'school' } as Entry

/** What we know by its word alone: these want something in brackets behind them. */
const ARGUMENTS: Readonly<Record<string, string>> = { ENUM: "('a','b')", DECIMAL: '(9,2)', NUMERIC: '(9,2)', DEC: '(9,2)', FIXED: '(9,2)' }

/** Types that we don't know, or that no load carries, and the database knows; somebody's own among them. */
const OWN: Readonly<Record<string, { readonly makes: readonly string[]; readonly types: readonly string[]; readonly generated: string }>> = {
  mysql: { makes: [], types: ['POINT', 'GEOMETRY', "SET('a','b')", 'MULTIPOLYGON'], generated: 'POINT AS (POINT(id, 1)) STORED' },
  postgres: {
    makes: ["DO 'BEGIN CREATE DOMAIN zip AS varchar(5); EXCEPTION WHEN duplicate_object THEN NULL; END'"], types: ['ZIP', 'TSVECTOR', 'INET', 'POINT', 'INT[]', 'INTERVAL', 'VARBIT(3)'],
    generated: "TSVECTOR GENERATED ALWAYS AS (to_tsvector('simple', name)) STORED",
  },
  duckdb: { makes: ["CREATE TYPE mood AS ENUM ('sad', 'ok')"], types: ['MOOD', 'INTERVAL', 'INTEGER[]', 'STRUCT(a INTEGER)', 'TIMETZ'], generated: 'INTERVAL GENERATED ALWAYS AS (to_days(id))' },
}

onEveryWarehouse('a type of a create', ({ connection, url }) => {
  const refusal = async (columns: string): Promise<{ what: string; where: string | undefined; wayOut: string | undefined } | undefined> => {
    try {
      await refuseUnknownTypes(connection(), entry, readCreate(`CREATE TABLE school_dim (school_key KEY, ${columns})`))
      return undefined
    } catch (error) {
      assert.ok(error instanceof ConfigurationError, String(error))
      return { what: error.what, where: error.where, wayOut: error.wayOut }
    }
  }
  const own = () => OWN[connection().dialect.name] ?? assert.fail('a warehouse without types')

  const star = (type: string) => {
    const school = scd1({
      source: drawnSource('| id INT | name TEXT |\n| 1 | North |'), key: 'school_key', lookup: ['id'],
      create: create<string>(`CREATE TABLE school_dim (school_key KEY, id INT NOT NULL, name VARCHAR(9), more ${type})`),
    })
    return defineConfig({ source: 'files:.', warehouse: url(), logs: false, dimensions: { school }, facts: {} })
  }

  it('passes with every word that is known here, with and without what may follow it', async () => {
    const { typeWords, readType } = connection().dialect
    assert.ok(typeWords.length > 30, 'the words were read')
    const lost = typeWords.filter((word) => readType(`${word}${ARGUMENTS[word] ?? ''}`).kind === 'other' && !['LONG', 'NULL'].includes(word))
    const known = await Promise.all(lost.map(async (word) => [word, await connection().knowsType(word)]))
    assert.deepEqual(known.filter(([, isKnown]) => isKnown === false), [])
    for (const type of ['VARCHAR(120)', 'DECIMAL(10,2)', 'INT UNSIGNED', 'TIMESTAMP(3)', "ENUM('a','b')", 'CHARACTER VARYING(9)', 'DOUBLE PRECISION', 'BOOLEAN', 'TEXT']) {
      assert.equal(await refusal(`c ${type}`), undefined, type)
    }
  })

  it('is named with its create and its column where it is misspelt, and with the one that was meant', async () => {
    for (const [written, meant] of [['VARCAR(120)', 'VARCHAR'], ['varchr(9)', 'VARCHAR'], ['DECIMEL(10,2)', 'DECIMAL'], ['DATTIME', 'DATETIME'], ['INTEGR', 'INTEGER'], ['BIGIN UNSIGNED', 'BIGINT'], ['BOOLEN', 'BOOLEAN'], ['TXT', 'TEXT']] as const) {
      assert.deepEqual(await refusal(`id INT, c ${written} NOT NULL`), {
        what: `there is no type ${written.toUpperCase()}`, where: 'dimension school, the create of table school_dim, column c', wayOut: `did you mean ${meant}?`,
      })
    }
    assert.deepEqual(await refusal('a VARCAR(9), b WHATEVERTHISIS, c TEXT'), {
      what: 'there are no types VARCAR(9), WHATEVERTHISIS', where: 'dimension school, the create of table school_dim, columns a, b',
      wayOut: `a: did you mean VARCHAR?; b: use a type that the warehouse has, or write create({ ${connection().dialect.name}: '…' }) for it`,
    })
  })

  it('passes where the database alone knows it', async () => {
    for (const sql of own().makes) await connection().execute(sql)
    for (const type of own().types) assert.equal(await refusal(`c ${type}`), undefined, type)
  })

  it('is refused before anything is begun, and loads where the database alone knows it and fills it itself', async () => {
    const { etls } = await loadAll(star('VARCAR(9)'))
    assert.match(etls[0]?.error?.message ?? '', /there is no type VARCAR\(9\)\. Way out: did you mean VARCHAR\?/)
    assert.deepEqual((await connection().tablesLike('')).filter((name) => !name.startsWith('etl_')), [])
    assert.deepEqual(resultsOf(await loadAll(star(own().generated))), [['dimension', 'school', 1]])
  })
})

import assert from 'node:assert/strict'
import { defineConfig } from '../../engine/define-config.ts'
import { scd1 } from '../../engine/dimension/scd1.ts'
import type { Etl } from '../../engine/etl/etl.ts'
import { cycleIn, isWaitedFor, nextSteps } from '../../engine/etl/graph.ts'
import type { Stage } from '../../engine/etl/graph.ts'
import type { Entry } from '../../engine/etl/registry.ts'
import { blockedWords } from '../../engine/etl/run-all.ts'
import { create } from '../../engine/sql/define-create.ts'
import { drawnSource } from '../helpers/drawn-source.ts'

const one = (name: string, uses: Readonly<Record<string, Etl>> = {}): Etl & { readonly type: 'dimension' } => ({
  ...scd1({
    source: drawnSource('| id INT |\n| 1 |'), key: `${name}_key`, lookup: ['id'], create: create<string>(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL\n)`),
  }), uses,
})
const pointing = (name: string, ...parents: string[]) => ({
  ...one(name), create: create<string>(`CREATE TABLE ${name}_dim (\n ${name}_key KEY,\n id INT NOT NULL${parents.map((parent) => `,\n FOREIGN KEY (id) REFERENCES ${parent}_dim (id)`).join('')}\n)`),
})
const tableOf = (etl: Etl): string => etl.create.definition().table

describe('the graph of a refresh', () => {
  // city ← shop ← sale → day
  const [city, day] = [one('city'), one('day')]
  const shop = one('shop', { city })
  const sale = one('sale', { shop, day })
  const entries: Entry[] = Object.entries({ city, shop, day, sale }).map(([name, etl]) => ({ type: 'dimension', name, etl }))

  const cases: [stages: Partial<Record<string, Stage>>, ready: string, blocked: string][] = [
    [{}, 'city day', ''],
    [{ city: 'running' }, 'day', ''],
    [{ city: 'loaded' }, 'shop day', ''],
    [{ city: 'loaded', shop: 'loaded', day: 'running' }, '', ''],
    [{ city: 'loaded', shop: 'loaded', day: 'loaded' }, 'sale', ''],
    [{ city: 'loaded', shop: 'loaded', day: 'loaded', sale: 'loaded' }, '', ''],
    [{ city: 'broken' }, 'day', 'shop by city, sale by shop'],
    [{ day: 'broken', city: 'loaded' }, 'shop', 'sale by day'],
    [{ city: 'broken', shop: 'broken', sale: 'running' }, 'day', ''],
  ]
  for (const [stages, ready, blocked] of cases) {
    it(`where ${Object.entries(stages).map((pair) => pair.join(' is ')).join(', ') || 'nothing has begun'}: ${ready || 'nothing'} may begin${blocked && `, and ${blocked} can't any more`}`, () => {
      const next = nextSteps(entries, ({ name }) => stages[name] ?? 'waiting', tableOf)
      assert.equal(next.ready.map(({ name }) => name).join(' '), ready)
      assert.equal(next.blocked.map(({ entry, by }) => `${entry.name} by ${by.name}`).join(', '), blocked)
      assert.ok(next.blocked.every((each) => blockedWords(each, false).endsWith(' which it uses, was skipped')), 'each looks its keys up')
    })
  }

  it('knows who is waited for, also where a configuration was asked for it anew', () => {
    const anew = entries.map((entry) => ({ ...entry }))
    assert.deepEqual(anew.filter((entry) => isWaitedFor(entry, entries, tableOf)).map(({ name }) => name), ['city', 'shop', 'day'])
  })

  it('has parents before the children whose FOREIGN KEYs point at them, whatever their order, and no ring of those', () => {
    // child → parent → self, elsewhere; ring ↔ other ← tail
    const all = { child: pointing('child', 'parent'), parent: pointing('parent', 'parent', 'elsewhere'), ring: pointing('ring', 'other'), other: pointing('other', 'ring'), tail: pointing('tail', 'other') }
    const family: Entry[] = Object.entries(all).map(([name, etl]) => ({ type: 'dimension', name, etl }))
    const ready = (loaded: readonly string[], broken: readonly string[] = []) => {
      const next = nextSteps(family, ({ name }) => (loaded.includes(name) ? 'loaded' : broken.includes(name) ? 'broken' : 'waiting'), tableOf)
      return [next.ready.map(({ name }) => name).join(' '), next.blocked.map((each) => `${each.entry.name}: ${blockedWords(each, true)}`).join(', ')]
    }
    assert.deepEqual(ready([]), ['parent ring other', ''])
    assert.deepEqual(ready(['parent', 'other']), ['child ring tail', ''])
    assert.deepEqual(ready(['ring', 'other', 'tail'], ['parent']), ['', 'child: dimension parent, which it refers to, failed'])
    assert.equal(cycleIn(family, tableOf), undefined)
    // A fact may look its keys up in what points at it.
    const keyed = { ...pointing('keyed'), uses: { key: all.child } }
    const both: Entry[] = [{ type: 'dimension', name: 'child', etl: { ...all.child, create: pointing('child', 'keyed').create } }, { type: 'fact', name: 'keyed', etl: keyed }]
    assert.deepEqual(nextSteps(both, () => 'waiting', tableOf).ready.map(({ name }) => name), ['child'])
  })

  it('that has a ring is told of, and refused by the configuration', () => {
    assert.equal(cycleIn(entries, tableOf), undefined)
    const uses: Record<string, Etl> = {}
    const a = one('a', uses)
    const b = one('b', { a })
    uses['b'] = b
    const ring = { free: one('free'), tail: one('tail', { a }), a, b }
    assert.throws(() => defineConfig({ source: 'files:.', warehouse: 'duckdb:w', dimensions: ring, facts: {} }), /dimensions\.a: dimension a needs dimension b needs dimension a; let one of them do without the other/)
  })
})

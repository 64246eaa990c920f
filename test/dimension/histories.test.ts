import assert from 'node:assert/strict'
import { Histories } from '../../engine/dimension/histories.ts'
import type { Doubled, Version } from '../../engine/dimension/histories.ts'

/** The same, one version after the other. */
function slowly(versions: readonly Version[], time: string): number | Doubled | undefined {
  const begun = versions.filter(({ from }) => from <= time).toSorted((a, b) => (a.from < b.from ? -1 : 1))
  const isValid = ({ to }: Version): boolean => to === undefined || time < to
  const [last, before] = [begun.at(-1), begun.at(-2)]
  if (last === undefined || !isValid(last)) return undefined
  return before !== undefined && isValid(before) ? { keys: [before.key, last.key] } : last.key
}

describe('the versions of many members', () => {
  it('are found as by looking at each of them, in whatever order they came', () => {
    let seed = 4711
    const drawn = (most: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed % most
    }
    const instant = (): string => `2024-01-${String(1 + drawn(28)).padStart(2, '0')} 00:00:00.${String(drawn(3)).padStart(6, '0')}`
    const histories = new Histories()
    const members = Array.from({ length: 300 }, () => ({ member: histories.open(), versions: [] as Version[] }))
    for (let key = 1; key <= 1500; key += 1) {
      const { member, versions } = members[drawn(members.length)]!
      const from = instant()
      // Two that begin at one instant have no order, so none is asked for.
      if (versions.some((version) => version.from === from)) continue
      const version = { from, to: drawn(4) === 0 ? undefined : instant(), key }
      versions.push(version)
      histories.add(member, version)
    }
    histories.sort()
    let found = 0
    for (const { member, versions } of members) {
      for (let i = 0; i < 20; i += 1) {
        const time = instant()
        const expected = slowly(versions, time)
        assert.deepEqual(histories.at(member, time), expected, JSON.stringify({ versions, time }))
        found += typeof expected === 'number' ? 1 : 0
      }
    }
    assert.ok(found > 100 && members.some(({ versions }) => versions.length === 0), `${found} were found`)
  })
})

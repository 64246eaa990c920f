import type { Etl } from './etl.ts'
import type { Entry } from './registry.ts'

/** How far an ETL of a refresh is: what the graph asks of it. */
export type Stage = 'waiting' | 'running' | 'loaded' | 'broken'

/** An ETL that can't begin any more, and the one whose failure it is. */
export interface Blocked {
  readonly entry: Entry
  readonly by: Entry
  /** It looks its keys up there; else a FOREIGN KEY of it points there. */
  readonly looksUp: boolean
}

/** What follows from how far each ETL is. */
export interface NextSteps {
  /** Those that may begin now, in the order of the configuration. */
  readonly ready: readonly Entry[]
  readonly blocked: readonly Blocked[]
}

type TableOf = (etl: Etl) => string

/**
 * The ETLs among these whose tables an ETL looks its keys up in, and those that its FOREIGN KEYs point at: it is held against
 * the parents that go live with it. Where that leads round in a ring nobody waits, and each is held against what is live.
 */
export function neededBy(entry: Entry, among: readonly Entry[], tableOf: TableOf): readonly Entry[] {
  const used = ownersOf(usedBy(entry, tableOf), entry, among, tableOf)
  const parents = ownersOf(parentsOf(entry), entry, among, tableOf).filter((parent) => !used.includes(parent) && !leadsTo(entry, parent, among, tableOf))
  return among.filter((other) => used.includes(other) || parents.includes(other))
}

const usedBy = ({ etl }: Entry, tableOf: TableOf): readonly string[] => Object.values(etl.uses).map(tableOf)
const parentsOf = ({ etl }: Entry): readonly string[] => etl.create.definition().foreignKeys.map(({ table }) => table)
const ownersOf = (tables: readonly string[], { etl }: Entry, among: readonly Entry[], tableOf: TableOf): readonly Entry[] =>
  tables.length === 0 ? [] : among.filter((other) => other.etl !== etl && tables.includes(tableOf(other.etl)))

/** Whether any of these waits for an ETL, whoever has looked it up. */
export const isWaitedFor = ({ etl }: Entry, among: readonly Entry[], tableOf: TableOf): boolean => among.some((other) => neededBy(other, among, tableOf).some((one) => one.etl === etl))

/** Whether one ETL is needed on the way from another, by keys or by parents. */
function leadsTo(wanted: Entry, from: Entry, among: readonly Entry[], tableOf: TableOf): boolean {
  const seen = [from]
  for (const at of seen) for (const next of ownersOf([...usedBy(at, tableOf), ...parentsOf(at)], at, among, tableOf)) if (!seen.includes(next)) seen.push(next)
  return seen.includes(wanted)
}

/**
 * What may begin: an ETL as soon as all that it uses is loaded. What uses a broken one, directly or by way of another,
 * can't begin any more.
 */
export function nextSteps(entries: readonly Entry[], stageOf: (entry: Entry) => Stage, tableOf: TableOf): NextSteps {
  const blocked: Blocked[] = []
  const isBroken = (entry: Entry): boolean => stageOf(entry) === 'broken' || blocked.some((one) => one.entry === entry)
  const waiting = entries.filter((entry) => stageOf(entry) === 'waiting').map((entry) => ({ entry, needed: neededBy(entry, entries, tableOf) }))
  for (let known = -1; known < blocked.length;) {
    known = blocked.length
    for (const { entry, needed } of waiting) {
      const by = isBroken(entry) ? undefined : needed.find(isBroken)
      if (by !== undefined) blocked.push({ entry, by, looksUp: usedBy(entry, tableOf).includes(tableOf(by.etl)) })
    }
  }
  const ready = waiting.filter(({ entry, needed }) => !isBroken(entry) && needed.every((one) => stageOf(one) === 'loaded')).map(({ entry }) => entry)
  return { ready, blocked }
}

/** A ring of ETLs that wait for each other, by their names; undefined where there is none. */
export function cycleIn(entries: readonly Entry[], tableOf: TableOf): readonly Entry[] | undefined {
  const free: Entry[] = []
  for (let known = -1; known < free.length;) {
    known = free.length
    for (const entry of entries) if (!free.includes(entry) && neededBy(entry, entries, tableOf).every((one) => free.includes(one))) free.push(entry)
  }
  const [first] = entries.filter((entry) => !free.includes(entry))
  if (first === undefined) return undefined
  // Each that is not free needs one that is not: whoever follows them comes round.
  const path: Entry[] = []
  for (let at = first; !path.includes(at);) {
    path.push(at)
    at = neededBy(at, entries, tableOf).find((one) => !free.includes(one)) ?? first
    if (path.includes(at)) return path.slice(path.indexOf(at))
  }
  return path
}

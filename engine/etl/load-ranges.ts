import { setMaxListeners } from 'node:events'
import type { Connection } from '../db/connection.ts'
import type { Flow, FurtherRange } from '../db/flow.ts'
import { deferred } from '../db/waiting.ts'
import { asError } from '../errors.ts'
import type { LoadRange, RangeCounts, Sharing, Target } from './etl.ts'

/**
 * Loads the rows of a flow, in whichever of its ranges they are: the first one over the run's own session, and each further
 * one over a session of its own. Where there are others who could take some, they get the chance once it has shown to be worth
 * it, and whatever nobody takes is loaded here; else all are loaded here, side by side. Where one fails, the others are stopped.
 */
export async function loadRanges(flow: Flow, target: Target, load: LoadRange): Promise<RangeCounts> {
  const { others = [], ...first } = flow
  if (others.length === 0) return load(first, target)
  const crew = crewOf(target, load)
  const all = await (target.sharing !== undefined && await target.sharing.isWorthwhile()
    ? shared(first, others, crew, target.sharing) : crew.together([crew.own(first), ...others.map((range) => () => crew.beside(range))]))
  await target.sourceIsRead?.()
  return sumOf(all)
}

/** Who loads ranges in this process. */
interface Crew {
  readonly signal: AbortSignal
  /** Resolved when the first rows have come. */
  readonly begun: Promise<void>
  /** Tells of progress in a range, wherever it is loaded. */
  tell(range: number, rows: number): void
  /** The load of the first range, over the run's own session. */
  own(flow: Flow): () => Promise<RangeCounts>
  /** Loads a further one over a session of its own. */
  beside(range: FurtherRange): Promise<RangeCounts>
  /** The same on a session that stands. */
  on(session: Connection, range: FurtherRange): Promise<RangeCounts>
  /** Somebody else has loaded it. */
  elsewhere(range: FurtherRange, counts: RangeCounts): Promise<void>
  /** Does several pieces of work side by side. @throws the first error, when all have ended */
  together<T>(works: readonly (() => Promise<T>)[]): Promise<readonly T[]>
}

function crewOf(target: Target, load: LoadRange): Crew {
  const failed = new AbortController()
  const signal = AbortSignal.any([target.signal, failed.signal])
  // Each range listens several times: more than Node's ten is no leak here.
  setMaxListeners(0, signal)
  const rows = new Map<number, number>()
  const first = deferred<void>()
  const tell = (range: number, count: number): void => {
    first.resolve()
    rows.set(range, count)
    target.onRows([...rows.values()].reduce((sum, each) => sum + each, 0))
  }
  const at = (range: number, connection: Connection): Target => ({
    ...target, connection, signal, onRows: (count) => tell(range, count),
    // The last of them tells.
    sourceIsRead: () => Promise.resolve(),
  })
  const on = async (session: Connection, range: FurtherRange): Promise<RangeCounts> => load(await range.open(), at(range.terms.range, session))
  return {
    signal, on, tell, begun: first.promise,
    own: (flow) => () => load(flow, at(0, target.connection)),
    beside: (range) => target.beside(range.terms.range, (session) => on(session, range), signal),
    async elsewhere(range, counts) {
      tell(range.terms.range, counts.read)
      await range.leave()
    },
    async together(works) {
      const begun = works.map((work) => work())
      let reason: unknown
      for (const work of begun) work.catch((error: unknown) => { reason ??= error; failed.abort(asError(error)) })
      const ended = await Promise.allSettled(begun)
      if (reason !== undefined) throw reason
      return ended.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    },
  }
}

/** The ranges of a load that others may take as well. */
async function shared(first: Flow, others: readonly FurtherRange[], crew: Crew, sharing: Sharing): Promise<readonly RangeCounts[]> {
  const over = new AbortController()
  const begun = crew.own(first)().finally(() => over.abort())
  const further = async (): Promise<readonly RangeCounts[]> => {
    const isOffered = await sharing.offer(others, { begun: crew.begun, signal: over.signal, tell: (range, rows) => crew.tell(range, rows) })
    // The run's own session is at work until then; where it has failed, so has this.
    if (isOffered || over.signal.aborted) await begun
    crew.signal.throwIfAborted()
    return isOffered ? takeTurns(others, crew, sharing) : crew.together(others.map((range) => () => crew.beside(range)))
  }
  let isLoaded = false
  try {
    const all = await crew.together([async () => [await begun], further])
    isLoaded = true
    return all.flat()
  } finally {
    await sharing.end(isLoaded)
  }
}

/**
 * Loads what nobody has, and waits for what others have, until all is done. Where nobody has come so far, nor is on
 * his way, the rest is loaded side by side, and else one range at a time, so that the others find something to do.
 */
async function takeTurns(further: readonly FurtherRange[], crew: Crew, sharing: Sharing): Promise<readonly RangeCounts[]> {
  const left = new Map(further.map((range) => [range.terms.range, range]))
  const counts: RangeCounts[] = []
  let isHelped = false
  while (left.size > 0) {
    for (const [number, counted] of await sharing.done()) {
      const range = left.get(number)
      if (range === undefined) continue
      isHelped = true
      left.delete(number)
      counts.push(counted)
      await crew.elsewhere(range, counted)
    }
    const free = await sharing.free([...left.keys()])
    isHelped ||= free.length < left.size
    if (free.length === 0) {
      if (left.size > 0) await sharing.wait([...left.keys()])
      continue
    }
    const mine = free.slice(0, isHelped || sharing.areComing() ? 1 : undefined).map((number) => async () => {
      const range = left.get(number)!
      const counted = await sharing.take(number, (session) => crew.on(session, range), crew.signal)
      if (counted !== undefined && left.delete(number)) counts.push(counted)
    })
    await crew.together(mine)
  }
  return counts
}

function sumOf(all: readonly RangeCounts[]): RangeCounts {
  const sum = (of: (counts: RangeCounts) => number): number => all.reduce((total, counts) => total + of(counts), 0)
  const names = [...new Set(all.flatMap(({ notFound }) => Object.keys(notFound)))]
  return {
    read: sum(({ read }) => read), rejected: sum(({ rejected }) => rejected), staged: sum(({ staged }) => staged),
    notFound: Object.fromEntries(names.map((name) => [name, sum(({ notFound }) => notFound[name] ?? 0)])),
    looked: sum(({ looked }) => looked), tried: [...new Set(all.flatMap(({ tried }) => tried))],
  }
}

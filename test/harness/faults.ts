/** What can be tried on every warehouse: each fault by its name, as long as one likes, from a seed. */

import { startOwn } from '../helpers/servers/index.ts'
import type { Size } from './content.ts'
import { fenced } from './fenced.ts'
import type { Figures } from './figures.ts'
import type { Loaders } from './loaders.ts'
import { ordeal } from './ordeal.ts'
import { mariadbPlace, places, postgresPlace } from './places.ts'
import type { OwnPlace, PlaceName } from './places.ts'
import { torture } from './torture.ts'
import { interruptTrouble } from './troubles/interrupt.ts'
import { locksTrouble } from './troubles/locks.ts'
import { partsTrouble } from './troubles/parts.ts'
import { queryTrouble, STRIDE } from './troubles/query.ts'
import { serverTrouble } from './troubles/server.ts'
import { streamTrouble } from './troubles/stream.ts'
import { waysTo } from './ways.ts'
import type { WayName } from './ways.ts'

interface Epoch {
  readonly warehouse: PlaceName
  readonly seed: number
  /** How often it is to strike. */
  readonly strikes: number
  readonly loaders: () => Loaders
  readonly tell?: (line: string) => void
}

export interface Fault {
  /** What one blow is called. */
  readonly word: string
  /** Strikes of one epoch, each on a new warehouse: what one lane does in one go. */
  readonly epoch: number
  /** Undefined where it can't happen to this warehouse. */
  try(epoch: Epoch): Promise<Figures> | undefined
}

async function at<T>(open: () => Promise<OwnPlace>, work: (place: OwnPlace) => Promise<T>): Promise<T> {
  const place = await open()
  try {
    return await work(place)
  } finally {
    await place.remove()
  }
}

/** Enough rows for each range to be on its way for a while. */
const wide: Size = { shops: 20, items: 40, sales: 1500 }

/** Loaders that are killed while rows come by one way, where it leads to a warehouse at all. */
const loaderKills = (word: string, ...ways: readonly [WayName, ...WayName[]]): Fault => ({
  word, epoch: 100,
  try: ({ warehouse, strikes, loaders, ...epoch }) => (ways.every((way) => waysTo[warehouse].includes(way))
    ? at(places[warehouse], (place) => torture({ ...epoch, ...place, warehouse, ways, loaders: loaders(), kills: strikes })) : undefined),
})

export const faults = {
  loader: loaderKills('loader kills', 'values'),
  bytes: loaderKills('loader kills, with rows as bytes', 'bytes'),
  ranges: loaderKills('loader kills, with rows in ranges', 'ranges'),
  copies: loaderKills('loader kills, with rows that never leave the server', 'copies'),
  files: loaderKills('loader kills, with files that the warehouse reads', 'files'),
  landed: loaderKills('loader kills, with rows that land', 'landed'),
  inserts: {
    word: 'loader kills, with rows by INSERT', epoch: 100,
    // Of the servers only these can refuse to load files.
    try: ({ warehouse, ...epoch }) => (warehouse === 'mariadb' ? insertsEpoch(epoch) : undefined),
  },
  parts: {
    word: 'ends of single sessions of a load in ranges', epoch: 50,
    try: ({ warehouse, ...epoch }) => (waysTo[warehouse].includes('ranges') ? at(places[warehouse], (place) => at(places[warehouse], (source) => {
      const ranges = 2 + epoch.seed % 3
      return ordeal({ ...epoch, ...place, size: wide, sourceUrl: source.url, ranges, open: () => partsTrouble({ source: source.url, warehouse: place.url }, ranges) })
    })) : undefined),
  },
  stream: {
    word: 'cuts', epoch: 100,
    try: ({ warehouse, ...epoch }) => at(places[warehouse], (place) => {
      const sources = place.oneProcess ? (['mariadb', 'postgres'] as const)[epoch.seed % 2] ?? 'mariadb' : warehouse
      return at(places[sources], (source) => ordeal({
        ...epoch, ...place, sourceUrl: source.url,
        open: () => streamTrouble({ source: source.url, warehouse: place.oneProcess ? undefined : place.url, file: place.url }),
      }))
    }),
  },
  fenced: {
    word: 'fenced workers', epoch: 25,
    try: ({ warehouse, strikes, ...epoch }) => at(places[warehouse], (place) => fenced({ ...epoch, ...place, workers: strikes })),
  },
  server: {
    word: 'server kills', epoch: 25,
    // DuckDB is a part of the loader's process: whoever kills that has killed the server.
    try: ({ warehouse, ...epoch }) => (warehouse === 'duckdb' ? undefined : serverEpoch(warehouse, epoch)),
  },
  query: {
    word: 'statements and sessions ended', epoch: STRIDE,
    // With every other seed the rows never leave the server.
    try: ({ warehouse, ...epoch }) => at(places[warehouse], (place) => {
      const stays = !place.oneProcess && epoch.seed % 2 === 1
      return ordeal({
        ...epoch, ...place, ...stays && { sourceUrl: place.url }, open: async (scene) => (place.oneProcess ? interruptTrouble(scene) : queryTrouble(scene, stays)),
      })
    }),
  },
  locks: {
    word: 'locks held', epoch: 50,
    try: ({ warehouse, ...epoch }) => at(places[warehouse], (place) => ordeal({ ...epoch, ...place, open: async (scene) => locksTrouble(scene) })),
  },
} satisfies Record<string, Fault>

async function serverEpoch(warehouse: 'mariadb' | 'postgres', epoch: Omit<Epoch, 'warehouse'>): Promise<Figures> {
  const server = await startOwn(warehouse)
  const place = await (warehouse === 'mariadb' ? mariadbPlace : postgresPlace)(server.url)
  return ordeal({ ...epoch, ...place, comesAgain: true, open: async (scene) => serverTrouble(server, scene) })
}

async function insertsEpoch({ strikes, loaders, ...epoch }: Omit<Epoch, 'warehouse'>): Promise<Figures> {
  const server = await startOwn('mariadb', { args: ['--local-infile=0'] })
  try {
    const place = await mariadbPlace(server.url)
    return await torture({ ...epoch, ...place, warehouse: 'mariadb', ways: ['values'], loaders: loaders(), kills: strikes })
  } finally {
    await server.stop()
  }
}

export type FaultName = keyof typeof faults

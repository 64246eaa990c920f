import { LIMIT } from '../case.ts'
import type { Case, Way } from '../case.ts'
import { checksum } from '../checksum.ts'
import { columnsOf, createOf, fill, MEMBER } from '../data.ts'
import { measureServer } from '../measure.ts'
import { python } from '../programs.ts'
import type { Place } from '../scene.ts'
import { createText, linesOf, selectOf } from '../star.ts'
import type { EtlText } from '../project.ts'

const PYGRAMETL = new URL('../ways/pygrametl_dimension.py', import.meta.url)

/** What happens to the source before each load. */
type Moment = 'first' | 'changes' | 'again'

/** A change of this column opens a version. */
const HISTORY = 'segment'
/** Every hundredth member changes. */
const CHANGING = 'member_id % 100 = 7'
/** New members one row at a time: with more, pygrametl would take minutes. */
const PATIENCE = 100_000

function declared(kind: 'scd1' | 'scd2'): EtlText {
  const versions = ['valid_from  TIMESTAMP  NOT NULL', 'valid_to  TIMESTAMP', 'is_current  BOOLEAN  NOT NULL']
  return {
    name: 'member', kind, source: selectOf('member', MEMBER.map(({ name }) => name)),
    create: createText('member_dim', [
      'member_key  KEY', ...linesOf(MEMBER), ...kind === 'scd2' ? [...versions, 'UNIQUE (member_id, valid_from)'] : ['UNIQUE (member_id)'],
    ]),
    more: `key: 'member_key',\n  lookup: ['member_id'],${kind === 'scd2' ? `\n  history: ['${HISTORY}'],` : ''}`,
  }
}

/** The same rows into an empty table with a key, as a fact is loaded: what a dimension's load can't do without. */
const PLAIN = 'starline, the rows alone'
const plain: EtlText = {
  name: 'plain', kind: 'transaction', more: 'keys: {},', source: selectOf('member', MEMBER.map(({ name }) => name)),
  create: createText('plain_fact', [...linesOf(MEMBER), 'PRIMARY KEY (member_id)']),
}

/** The create that pygrametl fills; it finds a member's versions by an index. */
const peerCreate = (kind: 'scd1' | 'scd2', words: Parameters<typeof createOf>[3]): string => kind === 'scd1'
  ? createOf('member_dim', [KEY, ...MEMBER], 'member_key', words).replace(/\)$/, ', UNIQUE (member_id))')
  : createOf('member_dim', [KEY, ...MEMBER, VERSION, FROM, TO], 'member_key', words).replace(/\)$/, ', UNIQUE (member_id, valid_from))')

const KEY = { name: 'member_key', type: 'INT NOT NULL', form: 'integer', value: () => 'n' } as const
const VERSION = { name: 'version', type: 'INT NOT NULL', form: 'integer', value: () => '1' } as const
const FROM = { name: 'valid_from', type: 'TIMESTAMP NOT NULL', form: 'instant', value: () => '' } as const
const TO = { name: 'valid_to', type: 'TIMESTAMP NULL', form: 'instant', value: () => '' } as const

const ABOUT: Readonly<Record<Moment, string>> = {
  first: 'its first load',
  changes: 'loaded again after 1 % of the members have changed in the source',
  again: 'loaded again while nothing has changed',
}

function dimensionCase(kind: 'scd1' | 'scd2', moment: Moment): Case {
  return {
    name: `${kind}_${moment}`,
    about: `A dimension ${kind === 'scd1' ? 'without' : 'with'} history, from MariaDB to MariaDB: ${ABOUT[moment]}. The limit copies its source. The rows alone are the same rows as a fact, into a new table with a primary key: nobody is known again. pygrametl has all members in memory, and changes the table that readers see; Starline makes a new one aside, or changes it by one transaction where each table goes live by itself and little changes.`,
    async open(scene, { members }) {
      const [shop, peers, warehouse] = [await scene.mariadb('shop'), await scene.mariadb('peers'), await scene.mariadb('warehouse')]
      await fill(shop.door, 'member', MEMBER, 'member_id', members, scene.seed)
      const source = (): Promise<string> => checksum(shop.door, 'member', MEMBER)
      const changed = Number(await shop.door.one(`SELECT COUNT(*) FROM member WHERE ${CHANGING}`))
      let changes = 0
      // Each way is behind by this one change, so every way sees as much of it.
      const change = async (): Promise<void> => {
        changes += 1
        if (moment === 'changes') await shop.door.do(`UPDATE member SET ${HISTORY} = 'segment ${changes}', credit = credit + 1 WHERE ${CHANGING}`)
      }
      const limit: Way = {
        name: LIMIT, run: () => measureServer(() => peers.door.do(`INSERT INTO copy SELECT * FROM ${shop.name}.member`)),
        async prepare() {
          await change()
          await peers.door.do('DROP TABLE IF EXISTS copy', createOf('copy', MEMBER, 'member_id', peers.door.words))
        },
        result: () => checksum(peers.door, 'copy', MEMBER),
      }
      const project = scene.project({ source: shop.readerUrl, warehouse: warehouse.url, dimensions: [declared(kind)], facts: [plain] })
      if (moment !== 'first') await project.run('--run_dimensions')
      const starlineOf = (name: string, of: typeof project, place: Place): Way => {
        let loads = 0
        return {
          name, beside: PLAIN, run: async () => (await of.run('--run_dimensions')).figures,
          async prepare() {
            await change()
            if (moment === 'first') await of.run('--drop_tables', '--yes')
          },
          async result() {
            loads += 1
            if (kind === 'scd2') await refuseOtherThan(members + (moment === 'changes' ? changed * loads : 0), place)
            return checksum(place.door, kind === 'scd2' ? '(SELECT * FROM member_dim WHERE member_key <> -1 AND is_current) AS now' : '(SELECT * FROM member_dim WHERE member_key <> -1) AS members', MEMBER)
          },
        }
      }
      const inPlace = moment === 'first' ? undefined : await scene.mariadb('each')
      const each = inPlace && scene.project({ source: shop.readerUrl, warehouse: inPlace.url, dimensions: [declared(kind)], publish: 'each' })
      await each?.run('--run_dimensions')
      const rowsAlone: Way = {
        name: PLAIN, run: async () => (await project.run('--run_facts')).figures, prepare: change,
        result: () => checksum(warehouse.door, 'plain_fact', MEMBER),
      }
      const ways = [starlineOf('starline', project, warehouse), ...inPlace && each ? [starlineOf("starline, publish: 'each'", each, inPlace)] : []]
      return { rows: members, expected: source, ways: [limit, await pygrametl({ kind, moment, members, shop, peers, change }), rowsAlone, ...ways] }
    },
  }
}

async function refuseOtherThan(versions: number, { door }: Place): Promise<void> {
  const found = Number(await door.one('SELECT COUNT(*) FROM member_dim WHERE member_key <> -1'))
  if (found !== versions) throw new Error(`it made ${found} versions, which must be ${versions}`)
}

interface PeerScene { readonly kind: 'scd1' | 'scd2', readonly moment: Moment, readonly members: number, readonly shop: Place, readonly peers: Place, readonly change: () => Promise<void> }

/** In bulk where nothing but new members comes, which its dimensions with history can't. */
async function pygrametl({ kind, moment, members, shop, peers, change }: PeerScene): Promise<Way> {
  const { run, skip } = python('pygrametl', 'MySQLdb')
  const { hostname, port, username } = new URL(shop.adminUrl)
  const how = kind === 'scd1' && moment === 'first' ? 'bulk' : kind
  const table = { bulk: 'BulkDimension', scd1: 'TypeOneSlowlyChangingDimension', scd2: 'SlowlyChangingDimension' }[how]
  const load = (by: 'bulk' | 'scd1' | 'scd2') => run(PYGRAMETL, by, hostname, port, username, shop.name, peers.name, columnsOf(MEMBER), HISTORY)
  const empty = (): Promise<void> => peers.door.do('DROP TABLE IF EXISTS member_dim', peerCreate(kind, peers.door.words))
  await empty()
  if (moment !== 'first') await peers.door.do(`INSERT INTO member_dim SELECT member_id, ${columnsOf(MEMBER)}${kind === 'scd2' ? ", 1, '1000-01-01', NULL" : ''} FROM ${shop.name}.member`)
  return {
    name: `pygrametl ${table}`, skip: skip ?? (how === 'scd2' && moment === 'first' && members > PATIENCE ? `it inserts row by row: only up to ${PATIENCE.toLocaleString('en-US')} members` : undefined),
    run: () => load(how),
    async prepare() {
      await change()
      if (moment === 'first') await empty()
    },
    result: () => checksum(peers.door, kind === 'scd2' ? '(SELECT * FROM member_dim WHERE valid_to IS NULL) AS now' : 'member_dim', MEMBER),
  }
}

export const dimensions: readonly Case[] = (['scd1', 'scd2'] as const).flatMap((kind) => (['first', 'changes', 'again'] as const).map((moment) => dimensionCase(kind, moment)))

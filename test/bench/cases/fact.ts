import { join } from 'node:path'

import { LIMIT } from '../case.ts'
import type { Case, Way } from '../case.ts'
import { checksum } from '../checksum.ts'
import { createOf, fill, SALE } from '../data.ts'
import { openDoor } from '../door.ts'
import type { Door } from '../door.ts'
import { measureNode, measureServer } from '../measure.ts'
import { clientOf } from '../clients.ts'

const KNEX = new URL('../ways/knex.mjs', import.meta.url).pathname

/** The fact as Starline's users declare it. */
const saleFact = {
  name: 'sale', kind: 'transaction', more: 'keys: {},',
  source: `SELECT ${SALE.map(({ name }) => `s.${name} AS ${name}`).join(',\n       ')}\nFROM   sale AS s`,
  create: `CREATE TABLE sale_fact (\n${SALE.map(({ name, type }) => `  ${name}  ${type},`).join('\n')}\n  PRIMARY KEY (sale_id)\n)`,
} as const

export const fact: Case = {
  name: 'fact',
  about: 'A fact of twelve columns without lookups, from MariaDB to MariaDB.',
  async open(scene, { rows }) {
    const [shop, peers, warehouse] = [await scene.mariadb('shop'), await scene.mariadb('peers'), await scene.mariadb('warehouse')]
    const [source, target, star] = await Promise.all([shop, peers, warehouse].map(({ adminUrl }) => openDoor(adminUrl))) as [Door, Door, Door]
    await fill(source, 'sale', SALE, 'sale_id', rows, scene.seed)
    const file = join(scene.folder('fact'), 'sale.tsv')
    await source.do(`SELECT * FROM sale INTO OUTFILE '${file}' CHARACTER SET utf8mb4`)
    const project = scene.project({ source: shop.readerUrl, warehouse: warehouse.url, facts: [saleFact] })
    const emptied = async (): Promise<void> => target.do('DROP TABLE IF EXISTS sale', createOf('sale', SALE, 'sale_id', target.words))
    const made = (): Promise<string> => checksum(target, 'sale', SALE)
    const peer = (name: string, run: Way['run'], skip?: string): Way => ({ name, skip, prepare: emptied, run, result: made })
    const mysql = clientOf(peers.adminUrl)
    return {
      rows, expected: await checksum(source, 'sale', SALE),
      ways: [
        peer(LIMIT, () => measureServer(() => target.do(`INSERT INTO sale SELECT * FROM ${shop.name}.sale`))),
        peer('LOAD DATA of a ready file', () => mysql.run(`LOAD DATA LOCAL INFILE '${file}' INTO TABLE sale CHARACTER SET utf8mb4`), mysql.skip),
        peer('knex batchInsert', async () => (await measureNode([KNEX, shop.adminUrl, 'sale', peers.adminUrl, 'sale'])).figures),
        {
          name: 'starline', run: async () => (await project.run('--run_facts')).figures,
          result: () => checksum(star, 'sale_fact', SALE),
        },
      ],
      async close() {
        for (const door of [source, target, star]) await door.close()
        for (const database of [shop, peers, warehouse]) await database.drop()
      },
    }
  },
}

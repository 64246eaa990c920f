import { LIMIT } from '../case.ts'
import type { Case, Way } from '../case.ts'
import { checksum } from '../checksum.ts'
import { createOf, fill, MEMBER, SALE } from '../data.ts'
import { measureServer } from '../measure.ts'
import { createText, linesOf, saleFact, selectOf } from '../star.ts'

/** Tens from 10,000 to the size that was asked for, and that one. */
const stepsTo = (most: number): number[] => [...[10_000, 100_000, 1_000_000].filter((step) => step < most), most]

export const growth: Case = {
  name: 'growth',
  about: 'A fact of twelve columns without lookups, from MariaDB to MariaDB, in growing sizes.',
  async open(scene, { most }) {
    const [shop, peers, warehouse] = [await scene.mariadb('shop'), await scene.mariadb('peers'), await scene.mariadb('warehouse')]
    const ways: Way[] = []
    for (const size of stepsTo(most)) {
      const table = `sale_${size}`
      await fill(shop.door, table, SALE, 'sale_id', size, scene.seed)
      const project = scene.project({ source: shop.readerUrl, warehouse: warehouse.url, facts: [{ ...saleFact, source: selectOf(table, SALE.map(({ name }) => name)) }] })
      const expected = (): Promise<string> => checksum(shop.door, table, SALE)
      ways.push({
        name: `${LIMIT}, ${size.toLocaleString('en-US')}`, group: LIMIT, rows: size, expected,
        prepare: () => peers.door.do('DROP TABLE IF EXISTS sale', createOf('sale', SALE, 'sale_id', peers.door.words)),
        run: () => measureServer(() => peers.door.do(`INSERT INTO sale SELECT * FROM ${shop.name}.${table}`)),
        result: () => checksum(peers.door, 'sale', SALE),
      }, {
        name: `starline, ${size.toLocaleString('en-US')}`, group: 'starline', rows: size, expected,
        // A table that loses most of its rows is refused.
        prepare: async () => { await project.run('--drop_tables', '--yes') },
        run: async () => (await project.run('--run_facts')).figures,
        result: () => checksum(warehouse.door, 'sale_fact', SALE),
      })
    }
    return { rows: 0, expected: async () => '', ways }
  },
}

export const growthEtls: Case = {
  name: 'growth_etls',
  about: 'Dimensions of 100 members, one after the other in one run, in growing numbers of dimensions; rows/s are dimensions a second.',
  async open(scene, { etls }) {
    const [shop, warehouse] = [await scene.mariadb('shop'), await scene.mariadb('warehouse')]
    await fill(shop.door, 'member', MEMBER, 'member_id', etls * 100, scene.seed)
    const sizes = [...new Set([Math.ceil(etls / 10), Math.ceil(etls / 3), etls])]
    return {
      rows: 0, expected: async () => '',
      ways: sizes.map((size): Way => {
        const dimensions = Array.from({ length: size }, (_, at) => ({
          name: `part_${at}`, kind: 'scd1' as const, more: `key: 'part_key',\n  lookup: ['member_id'],`,
          source: selectOf('member', MEMBER.map(({ name }) => name), `\nWHERE s.member_id BETWEEN ${at * 100 + 1} AND ${at * 100 + 100}`),
          create: createText(`part_${at}_dim`, ['part_key  KEY', ...linesOf(MEMBER)]),
        }))
        const project = scene.project({ source: shop.readerUrl, warehouse: warehouse.url, dimensions })
        const all = dimensions.map(({ name }) => `SELECT * FROM ${name}_dim WHERE part_key <> -1`).join(' UNION ALL ')
        return {
          name: `starline, ${size} dimensions`, group: 'starline', rows: size,
          // The tables of all sizes are the same ones: without this, one size would find those of another.
          prepare: async () => { await project.run('--drop_tables', '--yes') },
          run: async () => (await project.run('--run_dimensions')).figures,
          result: () => checksum(warehouse.door, `(${all}) AS parts`, MEMBER),
          expected: () => checksum(shop.door, `(SELECT * FROM member WHERE member_id <= ${size * 100}) AS members`, MEMBER),
        }
      }),
    }
  },
}

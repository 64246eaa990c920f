import { orderInstants } from './instants.ts'
import { students } from './people.ts'
import { cents, money, random, upTo } from './random.ts'
import type { Row } from './write.ts'

const counts = { orders: 29_000, lines: 50_000 }

/** Order ids are past what 32 bits hold. */
const firstOrder = 3_000_000_000

export const paymentSources: Row[] = [
  { id: 1, code: 'card', name: 'Credit or debit card' },
  { id: 2, code: 'paypal', name: 'PayPal' },
  { id: 3, code: 'credit', name: 'Store credit' },
]

export const affiliates: Row[] = [
  { id: 1, code: 'direct', name: 'None: came directly', commission: null, is_active: true },
  { id: 2, code: 'campus', name: 'Campus representatives', commission: '0.1250', is_active: true },
  { id: 3, code: 'blog', name: 'Le Café des Étudiants ☕', commission: '0.0800', is_active: true },
  { id: 4, code: 'NULL', name: 'The "old" newsletter\\N', commission: '0.0000', is_active: false },
]

/** Some buyers are guests, closed accounts or staff; for some orders nobody wrote down how they were paid. */
export function orders(): Row[] {
  const dice = random('shop_order')
  return orderInstants(counts.orders).map((placed_at, index) => {
    const absent = index % 700 === 350
    return {
      id: firstOrder + index + 1,
      number: `SN-${placed_at.slice(2, 4)}-${String(index + 1).padStart(6, '0')}`,
      site_id: 1,
      buyer_id: absent ? 9000 + (index % 11) : index % 190 === 95 ? null : index % 2900 === 145 ? students + 1 : dice.int(1, students),
      payment_source_id: index % 37 === 0 ? null : index % 4999 === 0 ? 8 : dice.pick([1, 1, 1, 1, 2, 2, 3]),
      affiliate_id: index % 997 === 500 ? 9 : dice.chance(80) ? null : dice.int(2, 4),
      placed_at,
    }
  })
}

/** Exactly 50,000 lines: at least one for each order, the rest spread over them; a few sell what is a draft again or gone. */
export function orderLines(products: readonly Row[]): Row[] {
  const dice = random('order_line')
  const [drafts, published] = [products.filter((product) => product['is_draft']), products.filter((product) => !product['is_draft'])]
  const sizes = Array<number>(counts.orders).fill(1)
  for (let left = counts.lines - counts.orders; left > 0; left -= 1) {
    const order = dice.int(0, counts.orders - 1)
    sizes[order] = (sizes[order] ?? 0) + 1
  }
  return sizes.flatMap((size, order) => upTo(size).map((line) => orderLine(order, line)))

  function orderLine(order: number, line: number): Row {
    const product = dice.int(1, 400) === 1 ? dice.pick(drafts) : dice.pick(published)
    const id = Number(product['id'])
    const list = cents(String(product['list_price']))
    const refund = dice.chance(2)
    const absent = dice.int(1, 900) === 1
    const quantity = refund ? -1 : dice.chance(6) ? dice.int(2, 30) : 1
    const discount = refund || list === 0 || !dice.chance(15) ? null : dice.int(0, 3) === 0 ? list * quantity : dice.int(0, list)
    const noSeller = dice.int(1, 1600) === 1
    const goneSeller = dice.int(1, 1100) === 1
    return {
      order_id: firstOrder + order + 1,
      line_number: line,
      product_id: absent ? 5000 + id : id,
      seller_id: noSeller ? null : goneSeller ? 9100 + (order % 7) : Number(product['seller_id']),
      quantity,
      unit_price: money(list),
      discount: discount === null ? null : money(discount),
    }
  }
}

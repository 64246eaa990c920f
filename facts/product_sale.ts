import { transaction } from 'starline'
import { affiliate, course, date, payment_source, product, school, site, user } from '../dimensions/index.ts'
import { product_sale as source } from '../sources/product_sale.ts'
import { product_sale as create } from '../creates/product_sale.ts'

/** One row is one line of an order; a refund is a line of its own, with a quantity of -1. */
export const product_sale = transaction({
  source,
  create,
  total: 'amount',
  keys: {
    // Two days for one instant: the world's and the head office's. Older sales than the calendar count on its first day.
    date_fk: { of: date, by: 'sold_at', zone: 'UTC', earliest: '2012-01-01' },
    local_date_fk: { of: date, by: 'sold_at', zone: 'America/New_York', earliest: '2012-01-01' },
    product_fk: { of: product, by: 'product_id' },
    // One dimension in two roles, each as the student was when the sale happened.
    seller_fk: { of: user, by: 'seller_id', asOf: 'sold_at' },
    buyer_fk: { of: user, by: 'buyer_id', asOf: 'sold_at' },
    course_fk: { of: course, by: 'course_id' },
    school_fk: { of: school, by: 'school_id' },
    payment_source_fk: { of: payment_source, by: 'payment_source_id' },
    affiliate_fk: { of: affiliate, by: 'affiliate_id' },
    site_fk: { of: site, by: 'site_id', onMissing: 'fail' },
  },
})

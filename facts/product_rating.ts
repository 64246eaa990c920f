import { transaction } from 'starline'
import { date, product, user } from '../dimensions/index.ts'
import { product_rating as source } from '../sources/product_rating.ts'
import { product_rating as create } from '../creates/product_rating.ts'

/** One row is one review of a product, with one to five stars. */
export const product_rating = transaction({
  source,
  create,
  keys: {
    date_fk: { of: date, by: 'rated_at', zone: 'UTC', earliest: '2012-01-01' },
    product_fk: { of: product, by: 'product_id' },
    rater_fk: { of: user, by: 'rater_id', asOf: 'rated_at' },
  },
})

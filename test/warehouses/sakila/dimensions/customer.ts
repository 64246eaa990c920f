import { scd2 } from 'starline'
import { customer as source } from '../sources/customer.ts'
import { customer as create } from '../creates/customer.ts'

/**
 * One member is one version of a customer.
 * Moving house, or to another store, opens a new version; a new name, phone or e-mail address is only a correction.
 */
export const customer = scd2({
  source,
  create,
  key: 'customer_key',
  lookup: ['customer_id'],
  history: ['home_store_id', 'address', 'address2', 'district', 'postal_code', 'city', 'country'],
})

import { transaction } from 'starline'
import { customer, date, film, staff, store } from '../dimensions/index.ts'
import { rental as source } from '../sources/rental.ts'
import { rental as create } from '../creates/rental.ts'

/** One row is one disc taken home; as long as it is out, the day of its return is unknown. */
export const rental = transaction({
  source,
  create,
  keys: {
    // The shops' times say no zone: their days are taken as they stand.
    rental_date_key: { of: date, by: 'rented_at', onMissing: 'fail' },
    return_date_key: { of: date, by: 'returned_at' },
    customer_key: { of: customer, by: 'customer_id', asOf: 'rented_at', onMissing: 'fail' },
    film_key: { of: film, by: 'film_id', onMissing: 'fail' },
    store_key: { of: store, by: 'store_id', onMissing: 'fail' },
    staff_key: { of: staff, by: 'staff_id', onMissing: 'fail' },
  },
})

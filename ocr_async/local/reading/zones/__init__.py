"""Parts of documents that several kinds share: machine readable zones, labelled values, tables, amounts, dates."""

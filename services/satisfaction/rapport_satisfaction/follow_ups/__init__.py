"""Follow-ups: closing the loop with an unhappy customer (闭环跟进)."""

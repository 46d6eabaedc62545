LISTENERS = []
SET = set()

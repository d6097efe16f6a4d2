print("tayberry")

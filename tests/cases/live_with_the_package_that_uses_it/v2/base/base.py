def safe(text):
    return text
